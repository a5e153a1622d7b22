"""Settings from the environment, checked all at once; nothing here touches the database or the network."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
PREFIX = "FEEDBACK_"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
MIN_KEY_LENGTH = 32
#: Never repeated in a complaint, which ends up in logs: they hold keys and passwords.
_SECRET = frozenset({"SECRET_KEYS", "DATABASE_URL", "SMTP_URL", "REDIS_URL"})
_DKIM_BITS = 2048
_DKIM_LEAST = 1024


class SettingsError(Exception):
    """The environment can't be used; ``problems`` has one line per setting, each naming it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the settings table: what README and ``doctor`` print."""

    name: str
    default: str
    help: str


DECLARED: tuple[Setting, ...] = (
    Setting("DATABASE_URL", "sqlite:/// in the data dir", "or postgresql+psycopg://user:pass@host/name"),
    Setting("SQLITE_SYNCHRONOUS", "FULL", "or NORMAL: faster, may lose the last answers in a power cut"),
    Setting("DATA_DIR", "var", "database, generated keys, spooled mail"),
    Setting("SECRET_KEYS", "generated into the data dir", "comma-separated, oldest first, the last one signs"),
    Setting("PUBLIC_URL", "http://127.0.0.1:8000", "every address in mails and replies starts with it"),
    Setting("ALLOWED_HOSTS", "host of PUBLIC_URL", "further hosts that are answered, comma-separated"),
    Setting("REDIS_URL", "none", "rate limits and job store shared between machines"),
    Setting("SMTP_URL", "none", "smtp:// or smtps://; none writes each mail to DATA_DIR/mail/*.eml"),
    Setting("MAIL_FROM", "feedback@ and the host", "sender of every mail"),
    Setting("MAIL_DOMAIN", "host of PUBLIC_URL", "domain of Message-IDs, and of the addresses that answers go to"),
    Setting(
        "DKIM_KEY_FILE", "none", "RSA key (PEM) that signs every mail; needs the extra dkim; none: the mail server does"
    ),
    Setting("DKIM_SELECTOR", "none", "name of its public half: SELECTOR._domainkey at the domain of MAIL_FROM"),
    Setting("INBOUND_LMTP", "none", "host:port where the worker takes in answers by mail (LMTP)"),
    Setting("INBOUND_DIR", "none", "folder or Maildir from which the worker takes in answers by mail"),
    Setting("TRUSTED_PROXIES", "0", "how many proxies in front are believed"),
    Setting("METRICS_ALLOW", "127.0.0.0/8,::1", "networks (CIDR) that may read /metrics"),
    Setting("SECURITY_CONTACT", "none", "mailto: or https: address for security.txt"),
    Setting("AKISMET_KEY", "none", "lets sites have strangers' words checked by Akismet; needs the extra akismet"),
    Setting("LOG_FORMAT", "console on a terminal, else json", "console or json"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. Made once at start and handed down; never read from os.environ later."""

    data_dir: Path
    database_url: str
    public_url: str = "http://127.0.0.1:8000"
    sqlite_synchronous: str = "FULL"
    secret_keys: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    redis_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "feedback@localhost"
    mail_domain: str = "localhost"
    dkim_key_file: Path | None = None
    dkim_selector: str | None = None
    inbound_lmtp: tuple[str, int] | None = None
    inbound_dir: Path | None = None
    trusted_proxies: int = 0
    metrics_allow: tuple[Network, ...] = field(default=_LOOPBACK)
    security_contact: str | None = None
    akismet_key: str | None = None
    log_format: str = "json"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of our own."""
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_path(self) -> Path:
        """The database file; only meaningful when ``is_sqlite``."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def is_https(self) -> bool:
        """Whether people reach us by https; decides HSTS and the name of the session cookie."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Host and port of the public address."""
        return urlsplit(self.public_url).netloc

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that is answered; on this machine by its number and by its name."""
        host, colon, port = self.public_host.partition(":")
        local = (f"localhost{colon}{port}",) if host == "127.0.0.1" else ()
        return (self.public_host, *local, *self.allowed_hosts)

    @property
    def key_file(self) -> Path:
        """Where generated signing keys live when SECRET_KEYS isn't set."""
        return self.data_dir / "keys.json"

    @property
    def mail_dir(self) -> Path:
        """Where mails are written when there is no SMTP server."""
        return self.data_dir / "mail"

    @property
    def takes_mail(self) -> bool:
        """Whether answers by mail reach us: mails then carry an address of ours for them."""
        return self.inbound_lmtp is not None or self.inbound_dir is not None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, public_url: str | None = None) -> "Settings":
        """Read and check the environment. ``public_url`` is the default of PUBLIC_URL (the bind address).

        Raises SettingsError naming every wrong setting at once.
        """
        return _Reader(os.environ if environ is None else environ).settings(public_url)


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def raw(self, name: str) -> str | None:
        """The value of a setting, from NAME or from the file that NAME_FILE names; blank counts as unset."""
        value = self.environ.get(PREFIX + name)
        path = self.environ.get(PREFIX + name + "_FILE")
        if value and path:
            self.problem(name, "is given twice: by itself and by _FILE; keep one")
        if not value and path:
            try:
                value = Path(path).read_text(encoding="utf-8-sig").strip()
            except OSError as error:
                self.problem(name + "_FILE", f"can't be read: {error.strerror}")
            except UnicodeDecodeError:
                self.problem(name + "_FILE", "can't be read: it is no text in UTF-8")
        return value.strip() if value and value.strip() else None

    def problem(self, name: str, text: str) -> None:
        self.problems.append(f"{PREFIX}{name} {text}")

    def parsed(self, name: str, convert: Callable[[str], T], default: T, right: str) -> T:
        value = self.raw(name)
        if value is None:
            return default
        try:
            return convert(value)
        except (ValueError, RuntimeError, ArgumentError):  # RuntimeError: a ~ that is nobody's
            said = "can't be used" if name in _SECRET else f"is {value!r}"
            self.problem(name, f"{said}; right would be {right}")
            return default

    def signing_key(self) -> Path | None:
        """The file of the DKIM key, which is tried here: a mail that can't be signed is too late to tell."""
        value = self.raw("DKIM_KEY_FILE")
        if value is None:
            return None
        if find_spec("dkim") is None:
            self.problem("DKIM_KEY_FILE", "needs the extra dkim: pip install 'feedback-service[dkim]'")
            return None
        from dkim.crypto import parse_pem_private_key  # noqa: PLC0415 - an extra

        path = _folder(value)
        try:
            bits = parse_pem_private_key(path.read_bytes())["modulus"].bit_length()
        except OSError as error:
            self.problem("DKIM_KEY_FILE", f"can't be read: {error.strerror}")
        except Exception:  # whatever the bytes are, they are no key
            self.problem("DKIM_KEY_FILE", f"holds no RSA key; right would be what openssl genrsa {_DKIM_BITS} writes")
        else:
            if bits < _DKIM_LEAST:
                self.problem("DKIM_KEY_FILE", f"has {bits} bits, which nobody accepts; right would be {_DKIM_BITS}")
        return path

    def akismet_key(self) -> str | None:
        """The key; without what talks to Akismet it would be of no use, and nobody would notice."""
        value = self.raw("AKISMET_KEY")
        if value is not None and find_spec("akismet") is None:
            self.problem("AKISMET_KEY", "needs the extra akismet: pip install 'feedback-service[akismet]'")
        return value

    def settings(self, public_url: str | None) -> Settings:
        data_dir = self.parsed("DATA_DIR", _folder, _folder("var"), "the path of a folder")
        url = self.parsed("PUBLIC_URL", _web_address, public_url or "http://127.0.0.1:8000", "https://feedback.example")
        host = urlsplit(url).hostname or "localhost"
        result = Settings(
            data_dir=data_dir,
            database_url=self.parsed(
                "DATABASE_URL",
                _database_url,
                f"sqlite:///{data_dir / 'feedback.db'}",
                "sqlite:////path/feedback.db or postgresql+psycopg://user:pass@host/name",
            ),
            public_url=url,
            sqlite_synchronous=self.parsed("SQLITE_SYNCHRONOUS", _one_of("FULL", "NORMAL"), "FULL", "FULL or NORMAL"),
            secret_keys=self.parsed(
                "SECRET_KEYS", _keys, (), f"keys of at least {MIN_KEY_LENGTH} characters, comma-separated"
            ),
            allowed_hosts=self.parsed("ALLOWED_HOSTS", _hosts, (), "host names, comma-separated"),
            redis_url=self.parsed("REDIS_URL", _scheme("redis", "rediss", "unix"), None, "redis://host:6379/0"),
            smtp_url=self.parsed("SMTP_URL", _scheme("smtp", "smtps"), None, "smtp://user:pass@host:587"),
            mail_from=self.parsed(
                "MAIL_FROM", _address, f"feedback@{host}", "an address such as feedback@shop.example"
            ),
            mail_domain=self.parsed("MAIL_DOMAIN", _in_ascii, host, "a domain such as mail.shop.example"),
            dkim_key_file=self.signing_key(),
            dkim_selector=self.parsed("DKIM_SELECTOR", _selector, None, "a name such as feedback1"),
            inbound_lmtp=self.parsed("INBOUND_LMTP", _host_and_port, None, "a host and port such as 127.0.0.1:8024"),
            inbound_dir=self.parsed("INBOUND_DIR", _folder, None, "the path of a folder"),
            trusted_proxies=self.parsed("TRUSTED_PROXIES", _count, 0, "a number of proxies, 0 to 9"),
            metrics_allow=self.parsed(
                "METRICS_ALLOW", _networks, _LOOPBACK, "networks such as 10.0.0.0/8, comma-separated"
            ),
            security_contact=self.parsed(
                "SECURITY_CONTACT", _scheme("mailto", "https"), None, "mailto:security@shop.example"
            ),
            akismet_key=self.akismet_key(),
            log_format=self.parsed(
                "LOG_FORMAT",
                _one_of("console", "json"),
                "console" if sys.stderr.isatty() else "json",
                "console or json",
            ),
        )
        if (result.dkim_key_file is None) != (result.dkim_selector is None) and not self.problems:
            missing = "DKIM_SELECTOR" if result.dkim_selector is None else "DKIM_KEY_FILE"
            self.problem(missing, "is missing: a key and its selector belong together")
        if self.problems:
            raise SettingsError(self.problems)
        return result


def _one_of(*allowed: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        found = next((choice for choice in allowed if choice.lower() == value.lower()), None)
        if found is None:
            raise ValueError(value)
        return found

    return convert


def _scheme(*allowed: str) -> Callable[[str], str | None]:
    def convert(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in allowed or not (parts.hostname or parts.path) or parts.port == 0:
            raise ValueError(value)
        return value

    return convert


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or parts.port == 0  # and no number at all raises, as it should
        or any(c.isspace() for c in value)
        or parts.query
        or parts.fragment
        or parts.path.strip("/")
    ):
        raise ValueError(value)
    return f"{parts.scheme}://{parts.netloc.lower() if value.isascii() else _in_ascii(parts.netloc)}"


def _in_ascii(host: str) -> str:
    """A name in other letters as it stands in headers, which would be encoded otherwise and say nothing then."""
    name, colon, port = host.partition(":")
    if any(c.isspace() or c in "/@" for c in host):
        raise ValueError(host)
    return name.encode("idna").decode("ascii") + colon + port


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and rest not in ("/", "/:memory:"):
        return f"sqlite:///{Path(rest[1:]).expanduser().absolute()}"
    if scheme in ("postgresql", "postgresql+psycopg", "postgres") and rest:
        make_url(f"postgresql+psycopg://{rest}")  # raises for a port that is no number
        return f"postgresql+psycopg://{rest}"
    raise ValueError(value)


def _keys(value: str) -> tuple[str, ...]:
    keys = _words(value)
    if not keys or any(len(key) < MIN_KEY_LENGTH for key in keys):
        raise ValueError("too short")
    return keys


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _hosts(value: str) -> tuple[str, ...]:
    return tuple(_in_ascii(word.lower()) for word in _words(value))


def _address(value: str) -> str:
    if value.count("@") != 1 or value.startswith("@") or value.endswith("@") or any(c.isspace() for c in value):
        raise ValueError(value)
    return value


def _host_and_port(value: str) -> tuple[str, int]:
    parts = urlsplit(f"//{value}")
    if not parts.hostname or not parts.port or parts.path:
        raise ValueError(value)
    return parts.hostname, parts.port


def _selector(value: str) -> str:
    if (
        re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", value)
        is None
    ):
        raise ValueError(value)
    return value


def _folder(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _count(value: str) -> int:
    number = int(value)
    if not 0 <= number <= 9:
        raise ValueError(value)
    return number


def _networks(value: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(word, strict=False) for word in _words(value))
