"""Rule: by which way an answer comes, and what follows: its channel, and whether a bare word is enough."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode


class Way(StrEnum):
    """The kinds of address at which a survey is answered."""

    LINK = "link"
    OPEN = "open"
    MESSAGE = "message"
    EMBED = "embed"
    KIOSK = "kiosk"

    @property
    def channel(self) -> str:
        """What is stored with an answer that came this way, unless the interaction says it better."""
        return Way.LINK.value if self is Way.OPEN else self.value

    @property
    def is_its_own_authority(self) -> bool:
        """Whether what opened it says who answers: a signed link, or a screen that was paired."""
        return self in (Way.LINK, Way.KIOSK)


class Mode(StrEnum):
    """How a host page shows a survey."""

    INLINE = "inline"
    POPOVER = "popover"
    TAB = "tab"
    DIALOG = "dialog"


@dataclass(frozen=True, slots=True)
class Frame:
    """A survey inside somebody else's page.

    ``host`` is the origin of that page where the site knows it, else empty: then nobody is talked to. ``color`` is
    that page's (``rrggbb``), ``token`` that of a customer's own link. ``scheme`` is that page's ``color-scheme``:
    where it can't be dark, the survey in it isn't either, whatever its reader prefers.
    """

    host: str = ""
    mode: Mode = Mode.INLINE
    color: str = ""
    token: str = ""
    scheme: str = ""

    @property
    def is_light(self) -> bool:
        """Whether it stays light."""
        return "dark" not in self.scheme.split()

    @property
    def carried(self) -> str:
        """The query that every address inside the frame carries along."""
        told = {"host": self.host, "mode": self.mode.value, "color": self.color, "scheme": self.scheme}
        return "?" + urlencode({name: value for name, value in told.items() if value})

    @property
    def query(self) -> str:
        """The same as the query of this very survey, in its customer's name where it has one."""
        return self.carried + (f"&token={quote(self.token)}" if self.token else "")
