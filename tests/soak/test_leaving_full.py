"""Unsubscribing at full size: ``make soak`` runs it and prints what it measured.

SOAK_SECONDS, SOAK_RATE and SOAK_ROWS make it smaller, for trying it out.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.find_chromium import chromium
from tests.helpers.server import ROOT, Service
from tests.soak import looks

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

SECONDS = float(os.environ.get("SOAK_SECONDS", "10"))
RATE = int(os.environ.get("SOAK_RATE", "300"))
ROWS = int(os.environ.get("SOAK_ROWS", "1000000"))
CUSTOMERS = 2_000


def test_300_looks_a_second_at_one_link_change_nothing(service: Service, tmp_path: Path) -> None:
    looks.looked_at(service, tmp_path, rate=RATE, seconds=SECONDS)


@pytest.mark.skipif(chromium() is None, reason="no Chromium: apt install chromium")
def test_a_browser_with_javascript_that_waits_changes_nothing(service: Service, tmp_path: Path) -> None:
    looks.waited_on(service, tmp_path, seconds=SECONDS)


def test_a_million_rows_get_their_addresses_in_flat_memory(service: Service, tmp_path: Path) -> None:
    people = tmp_path / "customers.csv"
    with people.open("w", encoding="utf-8") as file:
        file.write("external_id,email,locale\n")
        file.writelines(f"M-{number},m{number}@mail.example,sw\n" for number in range(CUSTOMERS))
    service.command("customers", "import", "--site", "default", str(people))
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8") as file:
        file.write("external_id,topic,campaign\n")
        file.writelines(f"M-{number % CUSTOMERS},news,spring-{number}\n" for number in range(ROWS))
    files = ["--in", str(source), "--out", str(target)]
    command = [sys.executable, "-m", "feedback", "links", *files, "--kind", "unsubscribe", "--site", "default"]
    began = time.monotonic()
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=service.environ, cwd=ROOT, stdout=log, stderr=log)
        memory = []
        while process.poll() is None:
            memory.append(_resident(process.pid))
            time.sleep(0.2)
    lasted = time.monotonic() - began
    assert process.returncode == 0, (tmp_path / "log").read_text()
    with target.open("rb") as file:
        assert sum(1 for _ in file) == ROWS + 1
    early, late = max(memory[: len(memory) // 2 or 1]), max(memory)
    print(
        f"{ROWS:,} rows in {lasted:.0f} s: {ROWS / lasted:,.0f} a second; "
        f"{early:.0f} MB in the first half, {late:.0f} MB at most"
    )
    assert late < early + 20


def _resident(pid: int) -> float:
    """Megabytes of memory that a process holds; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in told.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0
