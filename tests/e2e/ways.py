"""The ways in which a host page offers a survey, and what somebody presses to come to it."""

from dataclasses import dataclass

from tests.e2e.watching import Watched

#: A point of the first question, drawn in the host's page.
POINT = "feedback-widget label:has(input[value='9'])"


@dataclass(frozen=True, slots=True)
class Way:
    """``mount`` is for the page; ``offer`` is what appears by itself, and has to be pressed unless it is the frame."""

    mount: str
    offer: str = "iframe"

    def take(self, watched: Watched) -> None:
        """Come to the survey, as people do who want to."""
        if self.offer != "iframe":
            watched.page.locator(self.offer).click()


def mount(survey: str = "nps", **attributes: str) -> str:
    """An element for the host page; names with underscores become attributes with hyphens."""
    given = "".join(f' data-feedback-{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<div class="spot" data-feedback-survey="{survey}"{given}></div>'


WAYS = {
    "inline": Way(mount()),
    "question": Way(mount(inline="question"), POINT),
    "popover": Way(mount(mode="popover"), POINT),
    "tab": Way(mount(mode="tab"), "feedback-widget button.tab"),
    "dialog": Way(mount(mode="dialog"), POINT),
}
