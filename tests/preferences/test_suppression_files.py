"""The suppression list as a file: out and in again, twice, with strange addresses, and what is wrong with a row."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedback import cli, clock
from feedback.actors import Actor
from feedback.db import Database
from feedback.preferences.actions import Wanted, forget, lift, stop
from feedback.preferences.listing import SuppressionView, each_suppression
from feedback.preferences.models import Channel, OptOut, Reason, Suppression
from feedback.preferences.policy import MailClass, Scope
from feedback.preferences.queries import key_of_address, may_send_to
from feedback.preferences.rows import check_row, escaped, plain
from feedback.settings import Settings
from feedback.sites.actions import add_site

NOW = datetime(2026, 11, 22, tzinfo=UTC)
STRANGE = ("+cash@example.com", "=cmd|calc@example.com", "'quoted@example.com", "'+both@example.com", "نشانی@نمونه.com")
FORMULAS = ("=1+1", "+1", "-1", "@x", "%1", "|x", "＝x", " =1", "'=1", "'", "\t=x", "plain", "o'brien", "")


@dataclass
class Shell:
    """Runs commands as typed, in this process, where there are two sites."""

    database: Database
    sites: dict[str, int]
    folder: Path
    typed: Callable[..., tuple[int, str, str]]

    def export(self, *arguments: str, site: str = "shop") -> str:
        code, out, told = self.typed("export", "suppressions", "--site", site, *arguments)
        assert code == 0, told
        return out

    def take(self, text: str | bytes, *arguments: str, site: str = "shop") -> tuple[int, dict[str, int]]:
        """Import a file; exit code and counts."""
        file = self.folder / "list.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        code, out, told = self.typed("suppressions", "import", str(file), "--site", site, "--json", *arguments)
        return code, json.loads(out) if out else {"told": told}

    @property
    def rejected(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO((self.folder / "list.rejected.csv").read_text())))[1:]

    def rows(self, site: str = "shop") -> list[SuppressionView]:
        with self.database.read() as session:
            return list(each_suppression(session, self.sites[site]))


@pytest.fixture
def shell(
    settings: Settings,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Shell:
    with database.write() as session:
        command = Actor.command()
        shop = add_site(session, command, key="shop", name="Shop", country="TZ").id
        bank = add_site(session, command, key="bank", name="Bank", country="IR").id

    def typed(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("LC_ALL", "en.UTF-8")
        monkeypatch.setenv("FEEDBACK_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("FEEDBACK_DATABASE_URL", settings.database_url)
        capsysbinary.readouterr()
        code = cli.run(list(arguments))
        told = capsysbinary.readouterr()
        return code, told.out.decode(), told.err.decode()

    return Shell(database, {"shop": shop, "bank": bank}, tmp_path, typed)


def stopped(shell: Shell, email: str, **more: object) -> None:
    with shell.database.write() as session:
        key = key_of_address(session, shell.sites["shop"], email)
        wanted = {"scope": Scope.MARKETING, "email": email, **more}
        stop(session, shell.sites["shop"], Wanted([key], **wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    cell = escaped(text)
    assert plain(cell) == text
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "%", "|", "＝", "\t"))


def test_out_and_in_again_changes_nothing_however_often(shell: Shell) -> None:
    for number, email in enumerate(STRANGE):
        with clock.at(datetime(2024, 2, 29, 9, 30, number, tzinfo=UTC)):
            stopped(shell, email, source=FORMULAS[number], channel=Channel.ONE_CLICK)
    stopped(shell, "topic@example.com", scope=Scope.TOPIC, topic="news", reason=Reason.COMPLAINT)
    stopped(shell, "gone@example.com", scope=Scope.ADDRESS)
    with shell.database.write() as session:
        forget(session, shell.sites["shop"], [key_of_address(session, shell.sites["shop"], "gone@example.com")])
    before = shell.rows()
    text = shell.export()
    assert "\r\n" in text
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell[:1] in "=+-@%|＝" and cell]
    for _ in range(2):
        assert shell.take(text, "--salted") == (0, {"added": 0, "unchanged": 7, "rejected": 0, "rejects": None})
    assert shell.rows() == before
    with shell.database.write() as session:
        for row in before:
            lift(session, shell.sites["shop"], row.public_id, by="Lulu", because="A test")
    assert shell.take(text, "--salted")[1]["added"] == 7
    kept = [
        (one.email, one.address_key, one.scope, one.topic, one.reason, one.source, one.created_at) for one in before
    ]
    again = shell.rows()
    assert kept == [
        (one.email, one.address_key, one.scope, one.topic, one.reason, one.source, one.created_at) for one in again
    ]
    assert shell.export() == text


def test_json_lines_are_unaltered_and_since_a_day(shell: Shell) -> None:
    with clock.at(datetime(2024, 1, 1, tzinfo=UTC)):
        stopped(shell, "old@example.com")
    stopped(shell, "+new@example.com", source="=1+1")
    lines = [json.loads(line) for line in shell.export("--format", "jsonl", "--since", "2025-01-01").splitlines()]
    assert [(one["email"], one["source"], one["reason"]) for one in lines] == [
        ("+new@example.com", "=1+1", "unsubscribe")
    ]
    file = shell.folder / "out.csv"
    assert shell.export("--out", str(file)) == ""
    assert file.read_text().count("\n") == 3
    assert file.stat().st_mode & 0o077 == 0
    assert shell.typed("export", "suppressions", "--site", "shop", "--since", "yesterday")[0] == 2


def test_a_list_of_addresses_stops_everything_not_asked_for_and_keeps_the_time_it_says(shell: Shell) -> None:
    text = "\ufeffEMAIL;created_at\r\n Asha@Example.com ;2021-05-06T10:00:00+03:00\r\nJuma@example.com;\r\n"
    assert shell.take(text)[1]["added"] == 2
    first, second = sorted(shell.rows(), key=lambda one: one.created_at)
    assert (first.email, first.scope, first.reason) == ("Asha@example.com", "address", "manual")
    assert first.created_at == datetime(2021, 5, 6, 7, tzinfo=UTC)
    assert second.created_at.year >= 2026
    with shell.database.read() as session:
        decision = may_send_to(session, shell.sites["shop"], "ASHA@example.com", MailClass.SURVEY, "surveys")
        evidence = session.scalars(select(OptOut.channel).where(OptOut.site_id == shell.sites["shop"])).all()
        others = session.scalar(select(func.count()).where(Suppression.site_id == shell.sites["bank"]))
    assert decision.reason == "suppressed_address"
    assert list(evidence) == ["import", "import"]
    assert others == 0


def test_rows_that_can_not_be_used_are_kept_apart_with_line_and_reason(shell: Shell) -> None:
    digest = "a" * 64
    text = (
        "email,list,scope,reason,source,created_at,sha256\n"
        "good@example.com,,marketing,complaint,x,2024-01-01,\n"
        "nobody,,marketing,,,,\n"
        "a@example.com,parties,topic,,,,\n"
        "a@example.com,,world,spite,,soon,\n"
        "a@example.com,,,,,2999-01-01,\n"
        f",,address,,,,{digest}\n"
        f"other@example.com,,address,,,,{digest}\n"
        ",,address,,,,12\n"
        "=1+1,,\n"
    )
    code, counts = shell.take(text)
    assert (code, counts["added"], counts["rejected"]) == (0, 2, 7)
    told = {int(line): reason for line, reason, _ in shell.rejected}
    assert "email address" in told[3]
    assert "parties" in told[4]
    assert all(field in told[5] for field in ("scope:", "reason:", "created_at:"))
    assert "not happened yet" in told[6]
    assert "--salted" in told[7]
    assert "64" in told[9]
    assert [row[2] for row in shell.rejected if row[0] == "10"] == ["'=1+1,,"]
    assert shell.take("name\nx\n")[0] == 1
    assert shell.take("email\nnobody\n")[0] == 1


def test_the_list_of_one_site_stops_its_addresses_at_another_and_its_hashes_alone_nobody(shell: Shell) -> None:
    stopped(shell, "asha@example.com")
    stopped(shell, "gone@example.com")
    with shell.database.write() as session:
        forget(session, shell.sites["shop"], [key_of_address(session, shell.sites["shop"], "gone@example.com")])
    code, counts = shell.take(shell.export(), site="bank")
    assert (code, counts["added"], counts["rejected"]) == (0, 1, 1)
    assert "--salted" in shell.rejected[0][1]
    with shell.database.read() as session:
        decision = may_send_to(session, shell.sites["bank"], "asha@example.com", MailClass.SURVEY, "surveys")
    assert decision.reason == "suppressed_marketing"


def test_more_than_one_batch(shell: Shell) -> None:
    text = "email\n" + "".join(f"c{number}@example.com\n" for number in range(601)) + "c0@example.com\n"
    assert shell.take(text)[1] == {"added": 601, "unchanged": 1, "rejected": 0, "rejects": None}
    assert len(list(csv.reader(io.StringIO(shell.export())))) == 602


def test_a_row_says_everything_that_is_wrong_at_once() -> None:
    cells = {"email": "x", "scope": "y", "reason": "z", "created_at": "w", "source": "s" * 201, "sha256": "no"}
    row, problems = check_row(cells, {"news"}, NOW, salted=False)
    assert row is None
    assert [one.field for one in problems] == ["sha256", "email", "scope", "reason", "source", "created_at"]
