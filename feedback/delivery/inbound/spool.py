"""A folder into which something else puts mails, for whoever has no LMTP: each is stored, then removed."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from feedback import clock
from feedback.db import Database
from feedback.delivery.inbound.arrival import MOST_BYTES, is_return_address, local_part, take
from feedback.delivery.inbound.headers import headers_of, recipients_of
from feedback.delivery.inbound.receiving import Outcome
from feedback.links.mailboxes import opened
from feedback.settings import Settings

log = logging.getLogger(__name__)

#: One round of the job; what is left waits for the next.
MOST_A_ROUND: Final = 100
#: A file that somebody may still be writing is left alone; in a Maildir they only appear when they are complete.
_SETTLED_SECONDS: Final = 5.0
_UNFINISHED: Final = (".tmp", ".part", ".lock", ".reason", ".swp", "~")


def source_of(folder: Path) -> Path:
    """Where mails appear: ``new`` of a Maildir, else the folder itself."""
    return folder / "new" if (folder / "new").is_dir() else folder


def refused_dir(folder: Path) -> Path:
    """Where mails to nobody are moved, each with its reason."""
    return folder / "refused"


def failed_dir(folder: Path) -> Path:
    """Where files are moved that can't be a mail."""
    return folder / "failed"


def take_folder(settings: Settings, database: Database) -> int:
    """Take in what lies in the folder; how many files that were. Raises what the database raises, files stay then."""
    folder = settings.inbound_dir
    if folder is None or not folder.is_dir():
        return 0
    done = 0
    for path in _waiting(folder):
        with _ours(path) as fd:
            if fd is not None:
                done += _take_file(settings, database, folder, path, fd)
    return done


def _waiting(folder: Path) -> list[Path]:
    source = source_of(folder)
    settled = clock.now().timestamp() - (_SETTLED_SECONDS if source == folder else 0)
    found: list[Path] = []
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name.endswith(_UNFINISHED):
            continue
        with suppress(OSError):  # somebody else took it meanwhile
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime <= settled:
                found.append(Path(entry.path))
        if len(found) == MOST_A_ROUND:
            break
    return found


@contextmanager
def _ours(path: Path) -> Iterator[int | None]:
    """The open file while no other worker has it, else None. The lock dies with its process, the file stays."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if path.exists():
            log.warning("a mail in the folder can't be opened: %s", error.strerror)
        yield None
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield fd if path.exists() else None  # somebody was done with it between opening and locking
    except BlockingIOError:
        yield None
    finally:
        os.close(fd)


def _take_file(settings: Settings, database: Database, folder: Path, path: Path, fd: int) -> bool:
    size = os.fstat(fd).st_size
    if size > MOST_BYTES or size == 0:
        _move(path, failed_dir(folder), f"{size} bytes are no mail that we take")
        return True
    with os.fdopen(os.dup(fd), "rb") as file:
        raw = file.read()
    addresses = _addressed(settings, raw)
    if not addresses:
        _move(path, refused_dir(folder), "no address of ours in Delivered-To, X-Original-To, To or Cc")
        return True
    outcomes = take(database, settings, addresses, raw)
    if Outcome.TOO_MANY in outcomes.values():
        return False
    if set(outcomes.values()) <= {Outcome.UNKNOWN, Outcome.NOBODY}:
        nobody = Outcome.NOBODY in outcomes.values()
        _move(path, refused_dir(folder), "only reports are taken there" if nobody else "there is no such mailbox")
    else:
        path.unlink(missing_ok=True)
    return True


def _addressed(settings: Settings, raw: bytes) -> list[str]:
    """Our addresses by what a server wrote into the mail, or else by whom its sender wrote to."""
    for addresses in recipients_of(headers_of(raw)):
        ours = [one for one in addresses if opened(local_part(one)) or is_return_address(settings, one)]
        if ours:
            return ours
    return []


def _move(path: Path, folder: Path, reason: str) -> None:
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    target.with_name(f"{target.name}.reason").write_text(f"{reason}\n", encoding="utf-8")
    path.replace(target)
    log.warning("a mail in the folder was not taken: %s; it is in %s", reason, folder)
