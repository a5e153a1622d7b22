"""Rule: when two e-mail addresses are the same one, told by a salted hash that can outlive the customer."""

import hashlib
import hmac
import unicodedata


def address_key(salt: str, address: str) -> str:
    """HMAC-SHA256 of the address (NFC, trimmed, casefolded) under the site's salt, in hexadecimal."""
    plain = unicodedata.normalize("NFC", address).strip().casefold()
    return hmac.new(salt.encode(), plain.encode(), hashlib.sha256).hexdigest()
