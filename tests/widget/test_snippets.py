"""The code to paste: right for each shape, and harmless whatever a survey is called."""

import pytest
from bs4 import BeautifulSoup

from feedback.widget.snippets import SHAPES, Chosen, Shape, allowing, pinned_line, snippet

HERE = "https://feedback.example"
NASTY = '</script><script>alert("1")</script>\' & "quoted"'


def chosen(shape: Shape, **more: str | None) -> Chosen:
    """A choice with an awkward title."""
    slug = "message" if shape is Shape.MESSAGE else "nps"
    return Chosen(**{"base": HERE, "site": "shop", "slug": slug, "title": NASTY, "shape": shape, **more})  # type: ignore[arg-type]


def page(shape: Shape, **more: str | None) -> BeautifulSoup:
    """What a browser without scripts makes of it."""
    return BeautifulSoup(snippet(chosen(shape, **more)).page, "html.parser")


@pytest.mark.parametrize("shape", list(Shape))
def test_a_title_stays_a_title_and_there_is_a_way_without_scripts(shape: Shape) -> None:
    found = page(shape)
    assert "alert" not in "".join(script.text for script in found.find_all("script"))
    assert len(found.find_all("script")) == (0 if shape in (Shape.FRAME, Shape.LINK) else 1)
    frame = found.find("iframe")
    if frame is None:
        link = found.find("a")
        door = "message/shop" if shape is Shape.MESSAGE else "survey/shop/nps"
        assert link is not None
        assert (link["href"], link.text) == (f"{HERE}/{door}", NASTY)
    else:
        assert (frame["src"], frame["title"]) == (f"{HERE}/embed/shop/nps", NASTY)


def test_every_shape_is_offered_with_its_name() -> None:
    assert set(SHAPES) == set(Shape)


def test_a_language_goes_into_the_mount_and_every_address() -> None:
    found = page(Shape.TAB, language="fa")
    assert found.div is not None
    assert found.div.attrs == {
        "data-feedback-survey": "nps",
        "data-feedback-mode": "tab",
        "data-feedback-locale": "fa",
    }
    assert found.a is not None
    assert found.a["href"] == f"{HERE}/survey/shop/nps?lang=fa"
    frame = page(Shape.FRAME, language="fa", color="#0b6e4f").iframe
    assert frame is not None
    assert frame["src"] == f"{HERE}/embed/shop/nps?lang=fa&color=0b6e4f"


def test_only_what_needs_a_script_of_the_sites_own_gets_one() -> None:
    assert snippet(chosen(Shape.INLINE)).script == ""
    assert 'feedback("setup", { color: "#0b6e4f" })' in snippet(chosen(Shape.INLINE, color="#0b6e4f")).script
    assert (
        'feedback("show", "nps", { mode: "dialog", locale: "fa" })'
        in snippet(chosen(Shape.DIALOG, language="fa")).script
    )


def test_a_page_allows_scripts_and_frames_of_the_service_and_nothing_else() -> None:
    assert allowing(HERE).listed == f"script-src {HERE}; frame-src {HERE}"
    assert allowing(HERE).nonced == f"script-src 'nonce-…' 'strict-dynamic'; frame-src {HERE}"


def test_the_pinned_line_names_the_file_and_its_checksum() -> None:
    script = BeautifulSoup(pinned_line(HERE, "shop", "/widget/1-a.js", "sha384-x+/="), "html.parser").script
    assert script is not None
    assert (script["src"], script["integrity"], script["crossorigin"]) == (
        f"{HERE}/widget/1-a.js",
        "sha384-x+/=",
        "anonymous",
    )
