"""The README's ways of signing a customer's identity, run as they stand there, are believed by the service."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedback.sites.identity import Identity, Secret, verify

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SECRET = Secret("HS256", "x7Vw2mJt0qQmVb1gk3o9cB5rY8uP6hLsTzNaEfGdKiA")
#: language: what runs it, and a call of its function for a customer whose name asks something of encodings.
CALLS = {
    "python": (
        ("python3", "-c"),
        'print(feedback_token({"id": "C-7", "email": "neda@example.com", "name": "ندا‌خانم"}))',
    ),
    "php": (
        ("php", "-r"),
        "echo feedback_token(['id' => 'C-7', 'email' => 'neda@example.com', 'name' => 'ندا‌خانم']);",
    ),
    "js": (
        ("node", "-e"),
        'console.log(feedbackToken({ id: "C-7", email: "neda@example.com", name: "ندا‌خانم" }));',
    ),
    "ruby": (
        ("ruby", "-e"),
        'puts feedback_token({ id: "C-7", email: "neda@example.com", name: "ندا‌خانم" })',
    ),
}


@pytest.mark.parametrize("language", CALLS)
def test_a_snippet_signs_what_the_service_believes(language: str) -> None:
    found = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    (code,) = [one for one in found if "FEEDBACK_SITE_SECRET" in one]
    (program, flag), call = CALLS[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: its snippet was not run")
    ran = subprocess.run(
        [program, flag, code.removeprefix("<?php\n") + "\n" + call],
        env={**os.environ, "FEEDBACK_SITE_SECRET": SECRET.key, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = verify(ran.stdout.strip(), (SECRET,), audience="shop", now=datetime.now(UTC))
    assert said == Identity("C-7", {"email": "neda@example.com", "name": "ندا‌خانم"})
