"""Where the master keys live, SECRET_KEYS or a file of our own, and how they are replaced; nothing is signed here."""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from feedback import clock
from feedback.errors import NotAllowed, NotFound
from feedback.settings import Settings

#: Before a key in SECRET_KEYS: it is known to others, and verifies only what must always work.
COMPROMISED_MARK = "!"


@dataclass(frozen=True, slots=True)
class Key:
    """One master key. ``id`` says nothing about it and may be logged; ``created_at`` is empty where unknown."""

    id: str
    secret: str
    created_at: str = ""
    compromised: bool = False


class BrokenKeys(RuntimeError):
    """The key file can't be read; making another one would break every link that was ever sent."""


def key_id(secret: str) -> str:
    """A short name of a key that can't be turned back into it."""
    return hmac.new(secret.encode(), b"fb.key.id", hashlib.sha256).hexdigest()[:8]


def from_setting(values: Sequence[str]) -> tuple[Key, ...]:
    """The keys of SECRET_KEYS, oldest first."""
    bare = [value.removeprefix(COMPROMISED_MARK) for value in values]
    return tuple(
        Key(key_id(secret), secret, compromised=value.startswith(COMPROMISED_MARK))
        for value, secret in zip(values, bare, strict=True)
    )


def as_setting(keys: Sequence[Key]) -> str:
    """What SECRET_KEYS has to be set to for these keys."""
    return ",".join((COMPROMISED_MARK if key.compromised else "") + key.secret for key in keys)


def read_file(path: Path) -> tuple[Key, ...]:
    """The keys of the file, oldest first; FileNotFoundError where there is none, BrokenKeys where it is damaged."""
    raw = path.read_text(encoding="utf-8")
    try:
        keys = tuple(Key(row["id"], row["key"], row["created_at"], bool(row["compromised"])) for row in json.loads(raw))
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenKeys(f"{path} is damaged; restore it from a backup") from error
    if not any(not key.compromised for key in keys):
        raise BrokenKeys(f"{path} has no key that may sign")
    return keys


def read_or_make(path: Path) -> tuple[Key, ...]:
    """The keys of the file, made first where there is none; many at once agree on one."""
    try:
        return read_file(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        if not path.exists():
            _write(path, (new_key(),))
    return read_file(path)


def new_key() -> Key:
    """A fresh random key."""
    secret = secrets.token_urlsafe(48)
    return Key(key_id(secret), secret, clock.now().isoformat())


def rotated(keys: Sequence[Key], compromised: str | None) -> tuple[Key, ...]:
    """The same keys with a new one that signs from now on, and perhaps one marked as known to others.

    Raises NotFound for an id that is not among them.
    """
    if compromised is not None and compromised not in {key.id for key in keys}:
        raise NotFound(compromised)
    marked = (replace(key, compromised=True) if key.id == compromised else key for key in keys)
    return (*marked, new_key())


def rotate_file(path: Path, compromised: str | None = None) -> tuple[Key, ...]:
    """Replace the file by ``rotated`` keys; running processes notice within seconds."""
    read_or_make(path)  # so that the folder and a first key are there
    with _locked(path):
        keys = rotated(read_file(path), compromised)
        _write(path, keys)
    return keys


def keys_of(settings: Settings) -> tuple[Key, ...]:
    """The keys in use, oldest first; raises NotAllowed where every one given is marked as compromised."""
    keys = from_setting(settings.secret_keys) if settings.secret_keys else read_or_make(settings.key_file)
    if all(key.compromised for key in keys):
        raise NotAllowed("no-key", "every key in FEEDBACK_SECRET_KEYS is compromised; add a new one at the end")
    return keys


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, keys: Sequence[Key]) -> None:
    """mkstemp opens with 0600, and the rename shows the old file or the new one, never a half."""
    rows = [{"id": key.id, "key": key.secret, **_rest(key)} for key in keys]
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def _rest(key: Key) -> dict[str, object]:
    return {name: value for name, value in asdict(key).items() if name not in ("id", "secret")}


def derived_secret(settings: Settings, name: str) -> str:
    """A secret for something that isn't a link (the CSRF key, the job store), made from the newest good key."""
    return derived_secrets(settings, name)[0]


def derived_secrets(settings: Settings, name: str) -> tuple[str, ...]:
    """The same of every good key, newest first: what was made before the keys were replaced is known by one of them."""
    good = [key.secret.encode() for key in reversed(keys_of(settings)) if not key.compromised]
    return tuple(hmac.new(key, f"fb.{name}.v1".encode(), hashlib.sha256).hexdigest() for key in good)
