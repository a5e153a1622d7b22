"""Rule: where a page may send a reader on to: our own paths, nothing that a browser takes elsewhere."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

_OWN: Final = "https://own.invalid"
#: Begins with one slash, and has only what stands unescaped in a path and query.
_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*")
_LONGEST: Final = 1000


def inner_path(wanted: str | None) -> str | None:
    """The path if following it surely stays here (standards S-9), else None.

    Two readings must agree, a strict pattern and the parser, since browsers repair what servers refuse.
    """
    if not wanted or len(wanted) > _LONGEST or not _PATH.fullmatch(wanted):
        return None
    parts = urlsplit(urljoin(_OWN, wanted))
    if f"{parts.scheme}://{parts.netloc}" != _OWN or "//" in parts.path:
        return None
    return wanted


def console_path(wanted: str | None) -> str | None:
    """Likewise, and only into the console."""
    found = inner_path(wanted)
    return found if found is not None and found.startswith("/console/") and "/.." not in found else None
