"""Finds a Chromium for the browser tests, or says in one line what to install."""

import os
import shutil
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The path of a Chromium: CHROMIUM if set, one on the PATH, or one that playwright installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    on_path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if on_path:
        return on_path
    cache = Path.home() / ".cache" / "ms-playwright"
    return next((str(path) for path in sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


if __name__ == "__main__":
    path = chromium()
    if path is None:
        print(
            "No Chromium: browser tests will be skipped."
            " Install one with `apt install chromium` or `.venv/bin/playwright install chromium`."
        )
    else:
        print(f"Browser tests use {path}")
    sys.exit(0)
