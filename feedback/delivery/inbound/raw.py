"""Mails that could not be read, as the bytes they came in, for thirty days; whose they are is in their rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from feedback.settings import Settings

KEPT_FOR: Final = timedelta(days=30)


def raw_dir(settings: Settings) -> Path:
    """Where they are."""
    return settings.data_dir / "mail-unread"


def keep_raw(settings: Settings, key: str, raw: bytes) -> Path:
    """Write a mail where a person can look at it; the same again replaces it."""
    folder = raw_dir(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{key}.eml"
    part = path.with_suffix(".part")
    part.write_bytes(raw)
    part.chmod(0o600)
    part.replace(path)
    return path


def forget_raw(settings: Settings, keys: Iterable[str]) -> None:
    """Remove mails by the keys of their rows; those that are gone stay gone."""
    for key in keys:
        (raw_dir(settings) / f"{key}.eml").unlink(missing_ok=True)


def forget_old(folders: Iterable[Path], now: datetime) -> int:
    """Remove files older than thirty days; how many that were."""
    before = (now - KEPT_FOR).timestamp()
    old = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.lstat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
