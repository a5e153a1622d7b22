"""Rule: when two e-mail addresses are the same one, told by a salted hash that can outlive the customer."""

import hashlib
import hmac
import unicodedata

from email_validator import EmailNotValidError, validate_email


def address_key(salt: str, address: str) -> str:
    """HMAC-SHA256 of the address (NFC, trimmed, casefolded) under the site's salt, in hexadecimal."""
    plain = unicodedata.normalize("NFC", in_letters(address)).strip().casefold()
    return hmac.new(salt.encode(), plain.encode(), hashlib.sha256).hexdigest()


def in_letters(address: str) -> str:
    """The address with its domain in its own script, where it comes as mail servers write it (xn--…, RFC 5890)."""
    local, at, domain = address.strip().rpartition("@")
    if "xn--" not in domain.lower():
        return address
    try:
        return f"{local}{at}{validate_email(f'a@{domain}', check_deliverability=False).domain}"
    except EmailNotValidError:
        return address
