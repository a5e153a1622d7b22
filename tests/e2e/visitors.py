"""Visitors by what their browsers let pages keep: everything, nothing of others, or nothing at all."""

import itertools
import json
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.helpers.find_chromium import FLAGS, chromium

_PREFERENCE = {"allowed": {"cookie_controls_mode": 0}, "barred": {"default_content_setting_values": {"cookies": 2}}}


class Keeping(StrEnum):
    """What a browser lets pages keep. Private windows, which tests usually are, refuse frames of others."""

    USUAL = "usual"
    PHASED_OUT = "phased-out"
    ALLOWED = "allowed"
    BARRED = "barred"


class Visitors:
    """New visitors, each with a browser that knows nothing yet."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._numbers = itertools.count()
        self._phased_out: Browser | None = None
        self._open = ExitStack()

    def come(self, keeping: Keeping = Keeping.USUAL) -> BrowserContext:
        """Somebody new; to be closed by whoever asked."""
        if keeping == Keeping.USUAL:
            return self._browser.new_context()
        kind = self._browser.browser_type
        if keeping == Keeping.PHASED_OUT:
            if self._phased_out is None:
                self._phased_out = kind.launch(
                    executable_path=str(chromium()), args=[*FLAGS, "--test-third-party-cookie-phaseout"]
                )
                self._open.callback(self._phased_out.close)
            return self._phased_out.new_context()
        profile = self._folder / str(next(self._numbers))
        (profile / "Default").mkdir(parents=True)
        (profile / "Default" / "Preferences").write_text(json.dumps({"profile": _PREFERENCE[keeping]}))
        return kind.launch_persistent_context(profile, executable_path=str(chromium()), args=list(FLAGS))

    def leave(self) -> None:
        """Close what was opened for more than one."""
        self._open.close()
