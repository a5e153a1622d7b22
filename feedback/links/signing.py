"""Signing and checking of tokens with the keys in use; not the rows that tokens name, and not where keys live."""

import hashlib
import hmac
import json
import struct
import threading
import time
import zlib
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import Any, cast

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from feedback import clock
from feedback.links.keys import Key, keys_of
from feedback.links.purposes import TERMS, Purpose
from feedback.links.tokens import (
    LOCALES,
    MAX_TOKEN,
    BadToken,
    ConfirmToken,
    EditToken,
    ExpiredToken,
    FormToken,
    KioskToken,
    LinkToken,
    UndoToken,
    locale_code,
)
from feedback.settings import Settings

MAX_DRAFT = 120_000
_MAX_UNPACKED = 400_000
_VERSION = 1
_SKEW = 60
#: How often a running process looks whether the key file was replaced, in seconds.
_LOOK_EVERY = 2.0

_LINK = struct.Struct(">BBI12sI")
_FORM = struct.Struct(">BI12sIQQ")
_RIGHT = struct.Struct(">BIIQ")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_AGES = {purpose: terms.age.total_seconds() if terms.age else None for purpose, terms in TERMS.items()}
_HEADS = {purpose: _VERSION << 5 | terms.code for purpose, terms in TERMS.items()}


class _Hmac128(SigningAlgorithm):
    """HMAC-SHA256 cut to 128 bits (RFC 2104, section 5), from inner and outer states that are made once per key."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self.states = {key: self._states(key) for key in keys}

    @staticmethod
    def _states(key: bytes) -> tuple[Any, Any]:
        block = key.ljust(64, b"\0")  # derived keys are 32 bytes, never longer than a block
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        inner, outer = self.states[key]
        inner = inner.copy()
        inner.update(value)
        outer = outer.copy()
        outer.update(inner.digest())
        return cast(bytes, outer.digest())[:16]


class _PurposeSigner(Signer):
    """A signer whose keys are derived already: oldest first, the last one signs and all verify."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        super().__init__(keys, key_derivation="none", digest_method=hashlib.sha256, algorithm=_Hmac128(keys))

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self.secret_keys[-1] if secret_key is None else cast(bytes, secret_key)

    def get_signature(self, value: str | bytes) -> bytes:
        return _encode(self.algorithm.get_signature(self.secret_keys[-1], cast(bytes, value)))

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        """Compares the text, not the bytes it stands for: another spelling of the same signature is refused (L-6)."""
        given, signed = cast(bytes, sig), cast(bytes, value)
        for key in reversed(self.secret_keys):
            if hmac.compare_digest(given, _encode(self.algorithm.get_signature(key, signed))):
                return True
        return False


class Keyring:
    """The keys in use, one signer per purpose. Safe from any thread; follows the key file when it is replaced."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._signers: dict[Purpose, _PurposeSigner] = {}
        self._stamp: tuple[int, int] | None = None
        self._look_at = 0.0

    def sign(self, purpose: Purpose, body: bytes) -> str:
        """A token around a body whose first byte is ``head(purpose)``."""
        return self._signer(purpose).sign(_encode(body)).decode()

    def unsign(self, purpose: Purpose, token: str, limit: int = MAX_TOKEN) -> bytes:
        """The body of a token made for this purpose. Raises BadToken."""
        if len(token) > limit:
            raise BadToken(purpose.value)
        try:
            text = self._signer(purpose).unsign(token.encode("ascii"))
            body = a2b_base64(text.translate(_FROM_URL) + b"==")
        except (BadSignature, UnicodeEncodeError, Base64Error) as error:
            raise BadToken(purpose.value) from error
        if not body or body[0] != _HEADS[purpose]:
            raise BadToken(purpose.value)
        return body

    def _signer(self, purpose: Purpose) -> _PurposeSigner:
        if time.monotonic() >= self._look_at:
            self._look()
        return self._signers[purpose]

    def _look(self) -> None:
        with self._lock:
            stamp = self._file_stamp()
            if not self._signers or stamp != self._stamp:
                keys = keys_of(self._settings)
                self._stamp = self._file_stamp()
                self._signers = {purpose: _signer_for(purpose, keys) for purpose in Purpose}
            self._look_at = time.monotonic() + _LOOK_EVERY

    def _file_stamp(self) -> tuple[int, int] | None:
        if self._settings.secret_keys:
            return None
        try:
            found = self._settings.key_file.stat()
        except FileNotFoundError:
            return self._stamp  # somebody is restoring it: the keys we have are still right
        return found.st_mtime_ns, found.st_ino


def _encode(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL)


def _signer_for(purpose: Purpose, keys: tuple[Key, ...]) -> _PurposeSigner:
    """Compromised keys verify only what must always work; they never sign, since a good one is last."""
    good = [key for key in keys if not key.compromised]
    lasting = [key for key in keys if key.compromised and TERMS[purpose].outlives_keys]
    return _PurposeSigner(tuple(_derived(key, purpose) for key in (*lasting, *good)))


def _derived(key: Key, purpose: Purpose) -> bytes:
    return hmac.digest(key.secret.encode(), f"fb.{purpose.value}.v1".encode(), "sha256")


_rings: dict[tuple[Path, tuple[str, ...]], Keyring] = {}


def keyring(settings: Settings) -> Keyring:
    """The ring of these settings; one per process, made when the first token is needed."""
    where = settings.data_dir, settings.secret_keys
    return _rings.get(where) or _rings.setdefault(where, Keyring(settings))


def sign_survey(ring: Keyring, link: LinkToken) -> str:
    """The token of a survey link: 53 characters, the same for the same link and key."""
    return _sign_link(ring, Purpose.SURVEY, link)


def open_survey(ring: Keyring, token: str) -> LinkToken:
    """What a survey link's token says. Raises BadToken or ExpiredToken."""
    return _open_link(ring, Purpose.SURVEY, token)


def sign_staff_join(ring: Keyring, link: LinkToken) -> str:
    """The token with which somebody sets their first password."""
    return _sign_link(ring, Purpose.STAFF_JOIN, link)


def open_staff_join(ring: Keyring, token: str) -> LinkToken:
    """What a join token says. Raises BadToken or ExpiredToken; whether it was used is the row's to say."""
    return _open_link(ring, Purpose.STAFF_JOIN, token)


def sign_staff_reset(ring: Keyring, link: LinkToken) -> str:
    """The token with which somebody sets a new password."""
    return _sign_link(ring, Purpose.STAFF_RESET, link)


def open_staff_reset(ring: Keyring, token: str) -> LinkToken:
    """What a reset token says. Raises BadToken or ExpiredToken; whether it was used is the row's to say."""
    return _open_link(ring, Purpose.STAFF_RESET, token)


def sign_case(ring: Keyring, link: LinkToken) -> str:
    """The token of a customer's own page of their case."""
    return _sign_link(ring, Purpose.CASE, link)


def open_case(ring: Keyring, token: str) -> LinkToken:
    """What a case link's token says. Raises BadToken; how much its page still shows is the case's to say."""
    return _open_link(ring, Purpose.CASE, token)


def sign_unsubscribe(ring: Keyring, link: LinkToken) -> str:
    """The token with which somebody stops mails; it never expires and outlives the key that signed it."""
    return _sign_link(ring, Purpose.UNSUBSCRIBE, link)


def open_unsubscribe(ring: Keyring, token: str) -> LinkToken:
    """What an unsubscribe token says. Raises BadToken."""
    return _open_link(ring, Purpose.UNSUBSCRIBE, token)


def sign_preferences(ring: Keyring, link: LinkToken) -> str:
    """The token of somebody's preference centre."""
    return _sign_link(ring, Purpose.PREFERENCES, link)


def open_preferences(ring: Keyring, token: str) -> LinkToken:
    """What a preference centre's token says. Raises BadToken."""
    return _open_link(ring, Purpose.PREFERENCES, token)


def sign_confirm(ring: Keyring, confirm: ConfirmToken) -> str:
    """The token that a mail carries to have a request confirmed."""
    return _sign_right(ring, Purpose.CONFIRM, *confirm)


def open_confirm(ring: Keyring, token: str) -> ConfirmToken:
    """Which request is confirmed. Raises BadToken or ExpiredToken; whether it was done is the row's to say."""
    return ConfirmToken(*_open_right(ring, Purpose.CONFIRM, token))


def sign_kiosk(ring: Keyring, kiosk: KioskToken) -> str:
    """The token with which a feedback screen says which one it is; whether it is still trusted is the row's to say."""
    return _sign_right(ring, Purpose.KIOSK, *kiosk)


def open_kiosk(ring: Keyring, token: str) -> KioskToken:
    """Which screen this is. Raises BadToken or ExpiredToken."""
    return KioskToken(*_open_right(ring, Purpose.KIOSK, token))


def sign_undo(ring: Keyring, undo: UndoToken) -> str:
    """The token that takes one opt-out back; given only in the reply to the request that recorded it (U-14)."""
    return _sign_right(ring, Purpose.UNDO, *undo)


def open_undo(ring: Keyring, token: str) -> UndoToken:
    """Which opt-out may be taken back. Raises BadToken or ExpiredToken; whether it was is the row's to say."""
    return UndoToken(*_open_right(ring, Purpose.UNDO, token))


def sign_form(ring: Keyring, form: FormToken) -> str:
    """The token of a public form."""
    head = _HEADS[Purpose.FORM]
    body = _FORM.pack(head, form.site_id, form.nonce, form.issued_at, form.version_id, form.link_id)
    return ring.sign(Purpose.FORM, body)


def open_form(ring: Keyring, token: str) -> tuple[FormToken, bool]:
    """A form's token, and whether it is still fresh: an old form is shown again with everything kept."""
    _, site_id, nonce, issued_at, version_id, link_id = _unpack(_FORM, ring.unsign(Purpose.FORM, token))
    form = FormToken(site_id, version_id, link_id, nonce, issued_at)
    return form, not _is_old(Purpose.FORM, issued_at)


def sign_edit(ring: Keyring, edit: EditToken) -> str:
    """The token of the "change my answer" button."""
    return _sign_right(ring, Purpose.EDIT, *edit)


def open_edit(ring: Keyring, token: str) -> EditToken:
    """Which response may be changed. Raises BadToken or ExpiredToken."""
    return EditToken(*_open_right(ring, Purpose.EDIT, token))


def sign_draft(ring: Keyring, nonce: bytes, values: dict[str, Any]) -> str:
    """What was answered on earlier pages of a form, carried by the form itself; readable, but not forgeable."""
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return ring.sign(Purpose.DRAFT, bytes([_HEADS[Purpose.DRAFT]]) + nonce + zlib.compress(plain, 6))


def open_draft(ring: Keyring, token: str, nonce: bytes) -> dict[str, Any]:
    """The earlier answers of the form with this nonce. Raises BadToken."""
    body = ring.unsign(Purpose.DRAFT, token, MAX_DRAFT)
    if body[1:13] != nonce:
        raise BadToken("draft")
    unpacker = zlib.decompressobj()
    try:
        values = json.loads(unpacker.decompress(body[13:], _MAX_UNPACKED))
    except (zlib.error, ValueError) as error:
        raise BadToken("draft") from error
    return cast(dict[str, Any], values)


def _sign_right(ring: Keyring, purpose: Purpose, site_id: int, row_id: int, issued_at: int) -> str:
    return ring.sign(purpose, _RIGHT.pack(_HEADS[purpose], site_id, issued_at, row_id))


def _open_right(ring: Keyring, purpose: Purpose, token: str) -> tuple[int, int, int]:
    _, site_id, issued_at, row_id = _unpack(_RIGHT, ring.unsign(purpose, token))
    if _is_old(purpose, issued_at):
        raise ExpiredToken(site_id, "")
    return site_id, row_id, issued_at


def _sign_link(ring: Keyring, purpose: Purpose, link: LinkToken) -> str:
    body = _LINK.pack(_HEADS[purpose], locale_code(link.locale), link.site_id, link.key, link.issued_at)
    return ring.sign(purpose, body)


def _open_link(ring: Keyring, purpose: Purpose, token: str) -> LinkToken:
    _, code, site_id, key, issued_at = _unpack(_LINK, ring.unsign(purpose, token))
    locale = LOCALES[code] if code < len(LOCALES) else ""
    if _is_old(purpose, issued_at):
        raise ExpiredToken(site_id, locale)
    return LinkToken(site_id, key, locale, issued_at)


def _unpack(shape: struct.Struct, body: bytes) -> tuple[Any, ...]:
    if len(body) != shape.size:
        raise BadToken("length")
    return shape.unpack(body)


def _is_old(purpose: Purpose, issued_at: int) -> bool:
    """Too old for its purpose. Raises BadToken for one from the future: its clock was not ours."""
    age = clock.now().timestamp() - issued_at
    if age < -_SKEW:
        raise BadToken("future")
    limit = _AGES[purpose]
    return limit is not None and age > limit
