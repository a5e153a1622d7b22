"""The widget's files as they were built, by the names at which pages ask for them; nothing builds them here."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from feedback.paths import STATIC

DIST = STATIC / "widget" / "dist"


@dataclass(frozen=True, slots=True)
class Built:
    """One file: its bytes, the name that is only ever these bytes', and what a page may hold them to."""

    body: bytes
    name: str
    hash: str
    integrity: str

    @property
    def path(self) -> str:
        """Where it is served, for ever."""
        return f"/widget/{self.name}"


@cache
def built(folder: Path = DIST) -> dict[str, Built]:
    """The files by what they are: loader, more, inline. Empty where nothing was built."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {
        what: Built(
            (folder / file["file"]).read_bytes(),
            f"{manifest['version']}-{file['hash']}.js",
            file["hash"],
            file["integrity"],
        )
        for what, file in manifest["files"].items()
    }


@cache
def by_name(folder: Path = DIST) -> dict[str, tuple[bytes, str]]:
    """Bytes and hash of every file by its own name; also of earlier versions, for pages that hold to their bytes."""
    earlier = {path.name: (path.read_bytes(), path.stem) for path in (folder / "past").glob("*.js")}
    return earlier | {one.name: (one.body, one.hash) for one in built(folder).values()}


@cache
def typings(folder: Path = DIST) -> bytes | None:
    """What editors read of the widget's commands."""
    path = folder / "feedback-widget.d.ts"
    return path.read_bytes() if path.is_file() else None
