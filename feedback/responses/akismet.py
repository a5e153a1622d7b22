"""Asks Akismet whether a text is spam, where the installation has a key and the site wants it; nothing is stored.

Akismet is somebody else: it gets the words, their language and the writer's network, not their address, name, or
browser, and never what somebody said when they unsubscribed.
"""

import logging
from functools import lru_cache
from typing import Any

from feedback.settings import Settings

log = logging.getLogger(__name__)

#: Seconds: of whoever waits for their thanks.
PATIENCE = 2.0


class Silent(Exception):
    """Akismet could not be asked, or did not answer in time."""


def is_spam(settings: Settings, words: str, *, language: str, network: str) -> bool:
    """Whether Akismet takes the words for spam. Raises Silent. No transaction may be open."""
    import akismet  # noqa: PLC0415 - an extra

    try:
        found = _client(settings.akismet_key or "", settings.public_url).comment_check(
            network.partition("/")[0],
            comment_type="contact-form",
            comment_content=words,
            blog_lang=language,
            blog_charset="UTF-8",
        )
    except akismet.AkismetError as error:
        log.warning("akismet: %s", type(error).__name__)
        raise Silent from error
    return bool(found)


@lru_cache(maxsize=4)
def _client(key: str, address: str) -> Any:
    import akismet  # noqa: PLC0415 - an extra
    import httpx  # noqa: PLC0415 - comes with it

    web = httpx.Client(headers={"User-Agent": akismet.USER_AGENT}, timeout=PATIENCE)
    return akismet.SyncClient(akismet.Config(key=key, url=address), web)
