"""Who plays in the demonstration: sites, staff, what customers come for and what they write; nothing happens here."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.paths import DEMO_DATA

ADMIN_EMAIL = "demo@example.com"
ADMIN_NAME = "Alex Mwangi"
PASSWORD = "karibu-salam-barev"  # noqa: S105 - printed on purpose, for a server on this machine only


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff; ``away`` is for how many days from now."""

    email: str
    name: str
    role: str
    languages: tuple[str, ...]
    locale: str
    away: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """What customers come for, by which channel, and what they are asked afterwards."""

    type: str
    channel: str
    survey: str
    weight: int


@dataclass(frozen=True, slots=True)
class Company:
    """One site. ``locales`` says which customers of the file are theirs; ``trouble`` is a bad week, in days ago."""

    key: str
    name: str
    country: str
    languages: tuple[str, ...]
    color: str
    locales: tuple[str, ...]
    staff: tuple[Member, ...]
    occasions: tuple[Occasion, ...]
    places: tuple[str, ...]
    open_surveys: tuple[str, ...]
    trouble: tuple[int, int]
    mood: float


COMPANIES: tuple[Company, ...] = (
    Company(
        key="duka",
        name="Duka la Mwanga",
        country="TZ",
        languages=("sw", "en"),
        color="#0b6e4f",
        locales=("sw-TZ", "sw-KE", "en-TZ", "en-KE"),
        staff=(
            Member("neema.mushi@example.com", "Neema Mushi", "lead", ("sw", "en"), "sw-TZ"),
            Member("juma.kombo@example.com", "Juma Kombo", "agent", ("sw", "en"), "sw-TZ"),
            Member("rehema.lyimo@example.com", "Rehema Lyimo", "agent", ("sw",), "sw-TZ", away=4),
        ),
        occasions=(
            Occasion("purchase", "shop", "happy", 5),
            Occasion("delivery", "courier", "satisfied", 4),
            Occasion("return", "shop", "support-csat", 2),
            Occasion("question", "whatsapp", "support-csat", 2),
        ),
        places=("Kariakoo", "Mlimani City", "Arusha"),
        open_surveys=("happy", "nps"),
        trouble=(48, 43),
        mood=0.88,
    ),
    Company(
        key="pars",
        name="پارس‌نت",
        country="IR",
        languages=("fa", "en"),
        color="#5b3fa8",
        locales=("fa-IR", "fa-AF", "en-GB"),
        staff=(
            Member("nazanin.ghorbani@example.com", "نازنین قربانی", "lead", ("fa", "en"), "fa-IR"),
            Member("omid.sadeghi@example.com", "امید صادقی", "agent", ("fa",), "fa-IR"),
            Member("shabnam.kazemi@example.com", "شبنم کاظمی", "agent", ("fa", "en"), "fa-IR"),
        ),
        occasions=(
            Occasion("installation", "visit", "satisfied", 3),
            Occasion("support", "phone", "support-csat", 5),
            Occasion("bill", "app", "ces", 3),
            Occasion("quarter", "email", "nps", 2),
        ),
        places=("ونک", "تجریش", "اصفهان"),
        open_surveys=("nps", "satisfied"),
        trouble=(21, 15),
        mood=0.84,
    ),
    Company(
        key="altai",
        name="Altai Telecom",
        country="MN",
        languages=("mn", "hy", "ne", "en"),
        color="#1d5fa8",
        locales=("mn-MN", "hy-AM", "ne-NP", "en-MN", "en-AM", "en-NP", "en-US"),
        staff=(
            Member("batzayaa.m@example.com", "Мөнхийн Батзаяа", "lead", ("mn", "en"), "mn-MN"),
            Member("uyanga.g@example.com", "Ганболдын Уянга", "agent", ("mn",), "mn-MN"),
            Member("arpine.galstyan@example.com", "Արփինե Գալստյան", "agent", ("hy", "en"), "hy-AM"),
            Member("sujan.maharjan@example.com", "सुजन महर्जन", "agent", ("ne", "en"), "ne-NP"),
        ),
        occasions=(
            Occasion("support", "phone", "support-csat", 5),
            Occasion("branch", "visit", "expectations", 3),
            Occasion("renewal", "email", "needs", 2),
            Occasion("quarter", "email", "nps", 3),
        ),
        places=("Сүхбаатар", "Կենտրոն", "ठमेल"),
        open_surveys=("expectations", "nps"),
        trouble=(70, 66),
        mood=0.86,
    ),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What people write in one language: customers in answers, staff to each other, and both to one another."""

    praise: Sequence[str]
    mixed: Sequence[str]
    complaint: Sequence[str]
    curt: Sequence[str]
    notes: Sequence[str]
    calls: Sequence[str]
    ends: Sequence[str]
    replies: Sequence[str]
    solved: Sequence[str]
    promises: Sequence[str]
    delays: Sequence[str]
    back: Sequence[str]
    still: Sequence[str]


def all_words() -> Mapping[str, Words]:
    """The texts of the data file."""
    with (DEMO_DATA / "comments.toml").open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    return {
        language: Words(**texts, curt=data["curt"][language], **data["staff"][language], **data["talk"][language])
        for language, texts in data.items()
        if "praise" in texts
    }
