"""What host pages load: the loader under two addresses, the site's module, and where all that was seen."""

import gzip
import hashlib
import json
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from feedback.actors import SYSTEM
from feedback.db import Database
from feedback.sites.actions import add_origin, add_site
from feedback.surveys.actions import archive
from feedback.widget import actions, sightings
from feedback.widget.actions import place_survey
from feedback.widget.files import built
from feedback.widget.models import Sighting
from feedback.widget.placing import Placing
from tests.helpers.node import need_node, run
from tests.helpers.statements import statements_of
from tests.responses.shop import Shop

HOST = "https://duka.example"


def module(shop: Shop, key: str = "shop") -> Any:
    """What a site's module exports."""
    text = shop.client.get(f"/widget/{key}.js").get_data(as_text=True)
    return json.loads(text.partition(";\n")[0].removeprefix("export default "))


def seen(shop: Shop) -> dict[str, int]:
    with shop.database.read() as session:
        rows = session.scalars(select(Sighting).where(Sighting.site_id == shop.site_id))
        return {row.origin: row.times for row in rows}


def write_down(shop: Shop) -> None:
    """What the server's own thread does every minute."""
    with shop.app.app_context():
        sightings.sightings().write(shop.database)


def test_every_file_is_for_every_page_and_for_nobody_in_particular(shop: Shop) -> None:
    hashed = [file.path for file in built().values()]
    assert len(hashed) == 3
    for path in ("/widget/v1.js", "/widget/shop.js", *hashed):
        reply = shop.client.get(path, headers={"Origin": HOST, "Cookie": "a=b"})
        headers = reply.headers
        assert reply.status_code == 200
        assert reply.mimetype == "text/javascript"
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers
        assert "Origin" not in headers.get("Vary", "")
        wanted = "max-age=31536000, immutable" if path in hashed else "max-age=300"
        assert headers["Cache-Control"] == f"public, {wanted}"
        again = shop.client.get(path, headers={"If-None-Match": headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == headers["Cache-Control"]
        assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_bytes_are_the_ones_that_were_built_and_squeezed_for_who_asks(shop: Shop) -> None:
    for file in built().values():
        body = shop.client.get(file.path).data
        assert f"sha384-{b64encode(hashlib.sha384(body).digest()).decode()}" == file.integrity
        small = shop.client.get(file.path, headers={"Accept-Encoding": "gzip"})
        assert small.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(small.data) == body
    assert shop.client.get("/widget/v1.js").data == built()["loader"].body


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    for path in ("/widget/nowhere.js", "/widget/1.0.0-000000000000.js", "/widget/../app.js", "/widget/%2e%2e.js"):
        assert shop.client.get(path).status_code == 404


def test_the_module_has_the_sites_surveys_in_its_languages_and_nothing_else(shop: Shop) -> None:
    told = module(shop)
    assert (told["v"], told["site"], told["quiet"], told["rtl"]) == (1, "shop", 30, ["fa"])
    assert told["languages"] == ["en", "sw", "ne", "fa", "mn", "hy"]
    assert told["words"]["en"] == {
        "title": "Feedback",
        "close": "Close",
        "open": "Next",
        "no": "Not now",
    }
    assert len({words["no"] for words in told["words"].values()}) == 6
    assert {"support-csat", "nps", "message"} <= set(told["surveys"])
    assert not {"unsubscribe", "cancel"} & set(told["surveys"])
    csat = told["surveys"]["support-csat"]
    assert (csat["live"], csat["sample"], csat["again"], csat["paths"]) == (True, 100, 90, [])
    assert csat["title"].keys() == set(told["languages"])
    assert (
        csat["title"]["en"] == "Did we handle this to your satisfaction?"
    )  # what it asks: nothing else is drawn of it
    assert told["surveys"]["message"]["title"]["en"] == "Send us your message"
    assert [point["mood"] for point in csat["question"]["points"]] == [1, 2, 3, 4, 5]
    assert all(len(set(point["label"].values())) == 6 for point in csat["question"]["points"])
    assert csat["question"]["key"] == "score"
    nps = told["surveys"]["nps"]["question"]
    assert [point["label"]["fa"] for point in nps["points"]][-1] == "۱۰"
    assert nps["points"][-1]["label"].keys() == {"en", "ne", "fa"}  # the others write it like the first
    assert nps["low"]["en"]
    assert told["surveys"]["message"]["question"]["points"] == []


def test_what_staff_chose_reaches_the_module_and_what_is_put_away_leaves_it(shop: Shop) -> None:
    placing = Placing(live=False, sample=25, again_days=7, paths=("/خرید/*", "/a%20b"))
    with shop.database.write() as session:
        place_survey(session, SYSTEM, shop.site_id, "nps", placing, version=0)
        archive(session, SYSTEM, shop.site_id, "support-csat")
    surveys = module(shop)["surveys"]
    nps = {name: surveys["nps"][name] for name in ("live", "sample", "again", "paths")}
    paths = ["/%D8%AE%D8%B1%DB%8C%D8%AF/*", "/a%20b"]  # as addresses have them
    assert nps == {"live": False, "sample": 25, "again": 7, "paths": paths}
    assert "support-csat" not in surveys


def test_what_is_switched_off_for_pages_is_in_no_frame_whatever_the_page_says(shop: Shop) -> None:
    begun = shop.open("/embed/shop/nps")
    with shop.database.write() as session:
        place_survey(session, SYSTEM, shop.site_id, "nps", Placing(live=False), version=0)
    token = shop.link("nps")[0].removeprefix("/s/")
    for address in ("/embed/shop/nps", f"/embed/shop/nps?token={token}"):
        page = shop.open(address)
        assert (page.status, page.soup.find("form", id="survey")) == (410, None)
    assert [shop.open(there).status for there in (f"/s/{token}", "/survey/shop/nps", "/embed/shop/ces")] == [200] * 3
    sent = shop.send_json("/embed/shop/nps", {**begun.fields, "score": "9"})
    assert sent.get_json()["status"] == "stored"


def test_another_sites_surveys_are_not_in_it(shop: Shop) -> None:
    with shop.database.write() as session:
        other = add_site(session, SYSTEM, key="other", name="Other", languages=["hy"], locale="hy").id
        archive(session, SYSTEM, other, "nps")
    assert "nps" in module(shop)["surveys"]
    told = module(shop, "other")
    assert (told["languages"], told["rtl"]) == (["hy"], [])
    assert "nps" not in told["surveys"]


def test_the_module_takes_few_statements(shop: Shop) -> None:
    module(shop)
    with statements_of(shop.database) as sent:
        module(shop)
    assert len(sent) <= 3, sent


def test_it_loads_on_pages_of_the_site_s_origins_and_nowhere_else(shop: Shop, tmp_path: Path) -> None:
    need_node()
    with shop.database.write() as session:
        for origin in (HOST, "https://*.soko.example", "http://localhost:8001"):
            add_origin(session, SYSTEM, shop.site_id, origin)
    good = [HOST, "https://a.soko.example", "https://a.b.soko.example", "http://localhost:8001"]
    bad = ["https://duka-example", "https://soko.example", "https://soko.example.evil", f"{HOST}:8443", "null"]
    (tmp_path / "module.mjs").write_bytes(shop.client.get("/widget/shop.js").data)
    (tmp_path / "pages.mjs").write_text(
        f"""for (const origin of {json.dumps(good + bad)}) {{
            globalThis.location = {{ origin }};
            const said = import("./module.mjs?" + origin).then((file) => file.default.site, (error) => error.message);
            console.log(await said);
        }}"""
    )
    said = run(tmp_path / "pages.mjs").splitlines()
    assert said == ["shop"] * len(good) + [f'{one} is no origin of site "shop": add it there' for one in bad]


def test_where_it_is_loaded_is_counted_and_written_later(shop: Shop) -> None:
    with shop.database.write() as session:
        add_origin(session, SYSTEM, shop.site_id, HOST)
    with statements_of(shop.database) as sent:
        for _ in range(3):
            shop.client.get("/widget/shop.js", headers={"Origin": HOST})
        shop.client.get("/embed/shop/nps?host=https%3A%2F%2Fbank.example")
        assert not any(text.startswith(("INSERT", "UPDATE")) for text in sent)
    assert seen(shop) == {}
    write_down(shop)
    assert seen(shop) == {HOST: 3, "https://bank.example": 1}
    shop.client.get("/widget/shop.js", headers={"Origin": HOST})
    write_down(shop)
    write_down(shop)
    assert seen(shop) == {HOST: 4, "https://bank.example": 1}


def test_made_up_names_are_not_kept_without_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.database.write() as session:
        add_origin(session, SYSTEM, shop.site_id, "https://*.duka.example")
    monkeypatch.setattr(actions, "MAX_SIGHTINGS", 3)
    for number in range(9):
        shop.client.get("/widget/shop.js", headers={"Origin": f"https://x{number}.example"})
        shop.client.get("/widget/shop.js", headers={"Origin": f"https://x{number}.duka.example"})
    for junk in ("null", "junk", "https://*.duka.example", "https://a.example/path", "javascript:alert(1)", ""):
        shop.client.get("/widget/shop.js", headers={"Origin": junk})
    shop.client.get("/embed/nowhere/nps?host=https%3A%2F%2Fbank.example")
    write_down(shop)
    kept = seen(shop)
    assert len(kept) == 6
    assert all(origin.endswith(".example") for origin in kept)
    monkeypatch.setattr(sightings, "MOST", 2)
    counting = sightings.Sightings()
    for number in range(5):
        counting.count("shop", f"https://y{number}.duka.example")
    monkeypatch.setattr(actions, "MAX_SIGHTINGS", 200)
    counting.write(shop.database)
    assert len(seen(shop)) == 8


def test_a_server_writes_them_down_by_itself_and_goes_on_after_an_error(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.client.get("/widget/shop.js", headers={"Origin": HOST})
    write, broken = sightings.Sightings.write, [True]

    def write_at_last(counted: sightings.Sightings, database: Database) -> None:
        if broken:
            broken.clear()
            raise OSError("disk full")
        write(counted, database)

    monkeypatch.setattr(sightings, "EVERY", 0.01)
    monkeypatch.setattr(sightings.Sightings, "write", write_at_last)
    stop = sightings.keep_writing(shop.app)
    until = time.monotonic() + 20
    while seen(shop) != {HOST: 1} and time.monotonic() < until:
        time.sleep(0.01)
    stop.set()
    assert seen(shop) == {HOST: 1}
    assert "sightings could not be written" in caplog.text
