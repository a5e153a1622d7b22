"""feedback links: an address for each row of a file, bad rows aside, whatever the size."""

import csv
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from feedback import clock
from feedback.actors import SYSTEM
from feedback.audit import AuditRow
from feedback.customers.actions import erase_customer, import_customers
from feedback.customers.models import Interaction
from feedback.customers.rows import CustomerFacts
from feedback.errors import Invalid
from feedback.invitations.commands import links
from feedback.links.models import Link
from feedback.terminal import Terminal
from tests.responses.shop import Shop


def run(shop: Shop, tmp_path: Path, rows: str | bytes, *arguments: str) -> Result:
    """The command on a file of these rows."""
    (tmp_path / "in.csv").write_bytes(rows.encode() if isinstance(rows, str) else rows)
    files = ["--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    terminal = Terminal(shop.settings, shop.database)
    return CliRunner().invoke(links, [*files, *arguments], obj=terminal, env={"LANG": "en_GB.UTF-8"})


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_gets_an_address_that_works(shop: Shop, tmp_path: Path) -> None:
    shop.customer("C-1", locale="fa-AF")
    shop.customer("C-2", locale="sw")
    rows = 'external_id;note;locale\nC-1;"a; ""b""";\nC-2;=1+1;hy\n'
    done = run(shop, tmp_path, rows, "--kind", "survey", "--survey", "nps")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "Links: 2. Rejected: 0.\n"
    one, two = read(tmp_path / "out.csv")
    assert (one["external_id"], one["note"], two["note"]) == ("C-1", 'a; "b"', "=1+1")
    for row, language in ((one, "fa"), (two, "hy")):
        page = shop.open(row["url"].removeprefix(shop.settings.public_url))
        assert (page.status, page.soup.html["lang"]) == (200, language)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "in.rejected.csv").exists()


def test_unsubscribe_addresses_stop_their_topic(shop: Shop, tmp_path: Path) -> None:
    shop.customer("C-1")
    shop.customer("C-2", email="juma@example.com")
    done = run(shop, tmp_path, "external_id,topic\nC-1,\nC-2,surveys\n", "--kind", "unsubscribe", "--json")
    assert json.loads(done.stdout) == {"links": 2, "rejected": 0, "rejects": None}
    for row in read(tmp_path / "out.csv"):
        path = row["url"].removeprefix(shop.settings.public_url)
        assert path.startswith("/u/")
        assert shop.client.post(path).status_code == 200
    with shop.database.read() as session:
        found = session.execute(select(Link.topic, Link.purpose, Link.address_key.is_not(None)).order_by(Link.id))
        assert [tuple(row) for row in found] == [("news", "unsubscribe", True), ("surveys", "unsubscribe", True)]


def test_the_same_interaction_gets_the_same_address_whenever_it_is_asked(shop: Shop, tmp_path: Path) -> None:
    shop.customer("C-1")
    shop.customer("C-2", email="juma@example.com")
    rows = "external_id,interaction\nC-1,T-1\nC-1,T-2\nC-2,\nC-1,T-1\nC-2,T-1\nC-2," + "x" * 121 + "\n"
    arguments = ("--kind", "survey", "--survey", "nps", "--json")
    assert json.loads(run(shop, tmp_path, rows, *arguments).stdout)["rejected"] == 2
    first = [row["url"] for row in read(tmp_path / "out.csv")]
    reasons = (tmp_path / "in.rejected.csv").read_text("utf-8")
    assert "The interaction T-1 belongs to another customer." in reasons
    assert "At most 120 characters fit here." in reasons
    run(shop, tmp_path, rows, *arguments)
    again = [row["url"] for row in read(tmp_path / "out.csv")]
    assert [one == other for one, other in zip(first, again, strict=True)] == [True, True, False, True]
    assert first[0] == first[3]
    with shop.database.read() as session:
        query = select(Interaction.external_id, func.count(Link.id)).join(Link, Link.interaction_id == Interaction.id)
        found = session.execute(query.group_by(Interaction.external_id).order_by(Interaction.external_id))
        assert [tuple(row) for row in found] == [("T-1", 1), ("T-2", 1)]
    with time_machine.travel(clock.now() + timedelta(days=800), tick=False):
        run(shop, tmp_path, rows, *arguments)
        (address, *_) = [row["url"] for row in read(tmp_path / "out.csv")]
        assert shop.open(address.removeprefix(shop.settings.public_url)).status == 200


def test_bad_rows_go_to_a_file_with_line_and_reason_and_the_rest_goes_on(shop: Shop, tmp_path: Path) -> None:
    shop.customer("C-1")
    shop.customer("C-2", email="")
    gone = shop.customer("C-3")
    with shop.database.write() as session:
        erase_customer(session, SYSTEM, shop.site_id, gone)
    rows = b"external_id,locale,topic\nC-404,,\nC-2,,\nC-3,,\nC-1,tlh,\nC-1,,nothing\nC-1\n\xff,,\n=C,,\n"
    rows += b'C-1,sw,news\n"C-1,,\n'
    done = run(shop, tmp_path, rows, "--kind", "unsubscribe")
    assert done.exit_code == 0, done.output
    assert [row["locale"] for row in read(tmp_path / "out.csv")] == ["sw"]
    rejected = read(tmp_path / "in.rejected.csv")
    said = {int(row["line"]): row["reason"] for row in rejected}
    assert sorted(said) == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert "no customer C-404" in said[2]
    assert "no email address" in said[3]
    assert "no customer C-3" in said[4]
    assert "tlh" in said[5]
    assert "no topic nothing" in said[6]
    assert "1 cells" in said[7]
    assert "UTF-8" in said[8]
    assert "never closed" in said[11]
    assert [row["row"] for row in rejected if row["line"] == "9"] == ["'=C,,"]
    assert str(tmp_path / "in.rejected.csv") in done.stdout


def test_only_bad_rows_are_a_failure(shop: Shop, tmp_path: Path) -> None:
    assert run(shop, tmp_path, "external_id\nC-404\n", "--kind", "unsubscribe").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--kind", "survey"), 2),
        (("--kind", "unsubscribe", "--survey", "nps"), 2),
        (("--kind", "nonsense"), 2),
        (("--kind", "survey", "--survey", "nothing"), 1),
    ],
)
def test_what_cannot_be_done_is_said_before_a_link_is_made(
    shop: Shop, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    shop.customer("C-1")
    assert run(shop, tmp_path, "external_id\nC-1\n", *arguments).exit_code == code
    assert shop.count(Link) == 0
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("header", ["number", "external_id,url", ""])
def test_a_file_without_the_right_columns_is_refused(shop: Shop, tmp_path: Path, header: str) -> None:
    done = run(shop, tmp_path, f"{header}\nC-1,x\n" if header else "", "--kind", "unsubscribe")
    assert isinstance(done.exception, Invalid)
    assert not (tmp_path / "out.csv").exists()


def test_the_file_is_never_overwritten_by_its_own_addresses(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    done = run(shop, tmp_path, "external_id\nC-1\n", "--out", str(path), "--kind", "unsubscribe")
    assert done.exit_code == 2
    assert path.read_text() == "external_id\nC-1\n"


def test_thousands_of_rows_are_done_in_batches_in_flat_memory(shop: Shop, tmp_path: Path) -> None:
    with shop.database.write() as session:
        batch = [CustomerFacts(f"C-{number}", email=f"c{number}@example.com") for number in range(500)]
        import_customers(session, SYSTEM, shop.site_id, batch)
    peaks = []
    for times in (1, 6):
        rows = "external_id\n" + "".join(f"C-{number % 500}\n" for number in range(500 * times + 7))
        tracemalloc.start()
        done = run(shop, tmp_path, rows, "--kind", "survey", "--survey", "nps")
        peaks.append(tracemalloc.get_traced_memory()[1] - len(rows))
        tracemalloc.stop()
        assert done.stdout == f"Links: {500 * times + 7}. Rejected: 0.\n"
        assert done.stderr.startswith("in.csv"), "the bar"
    urls = [row["url"] for row in read(tmp_path / "out.csv")]
    assert len(set(urls)) == 3007, "a new link for each row"
    assert shop.count(Link) == 507 + 3007
    assert peaks[1] < peaks[0] * 2 + 500_000, peaks
    with shop.database.read() as session:
        told = session.scalar(select(func.count()).where(AuditRow.action == "link.issue"))
    assert told == 2 + 7, "one line for each batch"
