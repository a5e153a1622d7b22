"""The Jinja environment, its filters and the reader that pages and mails are drawn for; no Flask."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape

from feedback import clock
from feedback.i18n.catalogue import Translator, translator
from feedback.i18n.formats import Formats
from feedback.i18n.formats.calendars import Calendar
from feedback.i18n.formats.digits import Digits
from feedback.i18n.negotiation import Direction, direction, language_of
from feedback.i18n.text import isolate, isolate_for, mask_address, pick, strip_bidi
from feedback.i18n.zones import city_of
from feedback.paths import TEMPLATES


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the full language tag, the place, and the taste in digits and calendars."""

    tag: str
    time_zone: str = "UTC"
    country: str | None = None
    digits: Digits = "native"
    calendar: Calendar | None = None
    bikram_sambat: bool = False

    @property
    def language(self) -> str:
        """The shipped language that serves the tag: for ``lang`` and for catalogues."""
        return language_of(self.tag)

    @property
    def direction(self) -> Direction:
        """For ``dir``: of the language that is really shown."""
        return direction(self.language)

    @property
    def formats(self) -> Formats:
        """Numbers, dates and times as this reader writes them."""
        return _formats(self)

    @property
    def translator(self) -> Translator:
        """The texts in this reader's language."""
        return translator(self.language)

    def gettext(self, message: str, **params: object) -> str:
        """A plain text; numbers and dates in the reader's own way, foreign-looking values isolated."""
        return _filled(self, self.translator.gettext(message), params)

    def ngettext(self, one: str, other: str, n: int, **params: object) -> str:
        """The form for ``n``, which may stand in it as ``%(n)s``."""
        return _filled(self, self.translator.ngettext(one, other, n), {"n": n, **params})

    def say(self, problem: "Sayable") -> str:
        """What is wrong, in the reader's language."""
        return self.gettext(problem.message, **problem.params)


class Sayable(Protocol):
    """A message marked for translation with its parameters, such as a Problem."""

    @property
    def message(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


_current: ContextVar[Reader] = ContextVar("reader")


def read_as(reader: Reader) -> None:
    """From now on, in this thread or task, templates are drawn for this reader (the web edge's way)."""
    _current.set(reader)


@contextmanager
def reading_as(reader: Reader) -> Iterator[Reader]:
    """Draw for this reader within the block."""
    token = _current.set(reader)
    try:
        yield reader
    finally:
        _current.reset(token)


def current_reader() -> Reader:
    """The reader whose page is being drawn; LookupError outside of any."""
    return _current.get()


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one environment of this process; templates are compiled once for all languages."""
    return make_environment()


def make_environment() -> Environment:
    """An environment over the shipped templates, strict about names and escaping all HTML."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html", "xml", "svg"), default=False),
        auto_reload=False,
    )
    equip(jinja)
    return jinja


def equip(jinja: Environment) -> None:
    """Give an environment (ours, or Flask's before its first template) strictness, globals and filters."""
    jinja.undefined = StrictUndefined
    jinja.trim_blocks = True
    jinja.lstrip_blocks = True
    for extension in ("jinja2.ext.do", "jinja2.ext.loopcontrols"):
        jinja.add_extension(extension)
    jinja.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext, fmt=_FORMATS, locale=_LOCALE)
    jinja.filters.update(_FILTERS)


def render(name: str, reader: Reader, **context: object) -> str:
    """A template as this reader sees it."""
    with reading_as(reader):
        return environment().get_template(name).render(reader=reader, **context)


@lru_cache(maxsize=256)
def _formats(reader: Reader) -> Formats:
    return Formats(
        reader.tag,
        reader.time_zone,
        country=reader.country,
        digits=reader.digits,
        calendar=reader.calendar,
        bikram_sambat=reader.bikram_sambat,
    )


class _ReaderProxy:
    """``locale`` in templates: whoever reads now. Macros imported without context see only globals."""

    def __getattr__(self, name: str) -> Any:
        return getattr(current_reader(), name)


class _FormatsProxy:
    """``fmt`` in templates: the formats of whoever reads now."""

    def __getattr__(self, name: str) -> Any:
        return getattr(current_reader().formats, name)


_LOCALE: Final = _ReaderProxy()
_FORMATS: Final = _FormatsProxy()


def _shown(reader: Reader, value: object) -> object:
    if isinstance(value, Markup | bool):
        return value
    if isinstance(value, int | float | Decimal):
        return reader.formats.number(value)
    if isinstance(value, dt.datetime):
        return reader.formats.datetime(value)
    if isinstance(value, dt.date):
        return reader.formats.date(value)
    return isolate_for(reader.language, value) if isinstance(value, str) else value


def _filled(reader: Reader, text: str, params: Mapping[str, object]) -> str:
    return text % {name: _shown(reader, value) for name, value in params.items()} if params else text


def _in_template(context: Context, text: str, params: Mapping[str, object]) -> str:
    # Translations never carry HTML, so they are escaped like everything else; Markup handed in stays markup.
    return _filled(current_reader(), escape(text) if context.eval_ctx.autoescape else text, params)


@pass_context
def _gettext(context: Context, message: str, /, **params: object) -> str:
    return _in_template(context, current_reader().translator.gettext(message), params)


@pass_context
def _ngettext(context: Context, one: str, other: str, n: int, /, **params: object) -> str:
    text = current_reader().translator.ngettext(one, other, n)
    return _in_template(context, text, {"n": n, **params})


def _for_reader(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose first argument is the reader. It takes the context, or Jinja would work it out once for
    constants while compiling, for whoever reads first."""

    @pass_context
    def with_reader(_context: Context, *args: Any, **options: Any) -> Any:
        return filter_(current_reader(), *args, **options)

    return with_reader


def _of_formats(method: Callable[..., str]) -> Callable[..., Any]:
    return _for_reader(lambda reader, *args, **options: method(reader.formats, *args, **options))


def _text(reader: Reader, text: Mapping[str, str], other: Any = None, fallback: str = "en") -> str:
    return pick(text, _tag(other or reader), fallback)[0]


def _text_language(reader: Reader, text: Mapping[str, str], other: Any = None, fallback: str = "en") -> str:
    return pick(text, _tag(other or reader), fallback)[1]


def _localized(reader: Reader, text: Mapping[str, str], fallback: str = "en") -> Markup:
    """The text, in an element that names its language where that isn't the page's."""
    string, language = pick(text, reader.tag, fallback)
    if language == reader.language:
        return escape(string)
    return Markup('<span lang="{}" dir="{}">{}</span>').format(language, direction(language), string)


def _tag(reader: Any) -> str:
    return reader if isinstance(reader, str) else str(reader.tag)


def _bdi(value: object) -> Markup:
    return Markup("<bdi>{}</bdi>").format(value)


def _when(reader: Reader, moment: dt.datetime, now: dt.datetime | None = None) -> str:
    return reader.formats.when(moment, now or clock.now())


def _relative(reader: Reader, moment: dt.datetime, now: dt.datetime | None = None) -> str:
    return reader.formats.relative(moment, now or clock.now())


def _time_tag(reader: Reader, moment: dt.datetime, style: str = "when") -> Markup:
    """The moment for people, and in UTC and the Gregorian calendar for programs."""
    ways = {"when": _when, "relative": _relative}
    shown = ways[style](reader, moment) if style in ways else getattr(reader.formats, style)(moment)
    machine = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(machine, shown)


_FILTERS: Final[Mapping[str, Any]] = {
    "text": _for_reader(_text),
    "text_language": _for_reader(_text_language),
    "localized": _for_reader(_localized),
    "say": _for_reader(Reader.say),
    "bdi": _bdi,
    "isolate": isolate,
    "strip_bidi": strip_bidi,
    "mask_address": mask_address,
    "when": _for_reader(_when),
    "relative": _for_reader(_relative),
    "time_tag": _for_reader(_time_tag),
    "zone": _for_reader(lambda reader, zone: city_of(reader.tag, zone)),
    "number": _of_formats(Formats.number),
    "percent": _of_formats(Formats.percent),
    "plain_number": _of_formats(lambda formats, number: formats.digits(str(number))),
    "date": _of_formats(Formats.date),
    "date_long": _of_formats(Formats.date_long),
    "date_short": _of_formats(Formats.date_short),
    "datetime": _of_formats(Formats.datetime),
    "time": _of_formats(Formats.time),
    "weekday": _of_formats(Formats.weekday),
    "duration": _of_formats(Formats.duration),
    "listed": _of_formats(lambda formats, items, **options: formats.list_(list(items), **options)),
}
