"""Keys at the terminal, as an operator types it."""

import io
import json
from collections.abc import Callable

import pytest

from feedback import cli
from feedback.actors import Actor
from feedback.app import create_app
from feedback.db import Database
from feedback.settings import Settings
from feedback.sites.actions import add_site

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command as typed, in this process, where there is one site: code, output, errors."""
    with database.write() as session:
        add_site(session, Actor.command(), key="shop", name="Shop", country="TZ")

    def typed(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("LC_ALL", "en.UTF-8")
        monkeypatch.setenv("FEEDBACK_DATA_DIR", str(settings.data_dir))
        monkeypatch.setenv("FEEDBACK_DATABASE_URL", settings.database_url)
        monkeypatch.setattr("sys.stdin", io.StringIO())
        capsys.readouterr()
        code = cli.run(["apikey", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return typed


def test_a_key_is_alone_on_the_last_line_works_and_is_never_shown_again(
    run: Run, settings: Settings, database: Database
) -> None:
    code, out, _ = run("add", "--name", "Newsletter", "--scope", "preferences:read")
    key = out.splitlines()[-1]
    assert (code, key[:9]) == (0, "fbk_live_")
    client = create_app(settings, database).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    path = "/api/v1/may-send?email=a%40example.com&topic=news"
    assert client.get(path, headers=headers).status_code == 200
    name = key.split("_")[2]
    code, out, _ = run("list")
    assert "Newsletter" in out
    assert name in out
    assert key not in out
    assert run("revoke", name)[0] == 0
    assert client.get(path, headers=headers).status_code == 401
    (row,) = json.loads(run("list", "--json")[1])["items"]
    assert (row["id"], row["state"], row["scopes"]) == (name, "revoked", ["preferences:read"])
    assert row["last_used_at"]


def test_keys_for_scripts_and_what_can_not_be_made(run: Run) -> None:
    made = json.loads(run("add", "--name", "A", "--scope", "preferences:read", "--days", "30", "--json")[1])
    assert made["key"].startswith(f"fbk_live_{made['id']}_")
    assert made["expires_at"]
    code, _, told = run("add", "--name", "A", "--scope", "everything")
    assert (code, "everything" in told) == (2, True)
    assert run("revoke", "nothing1")[0] == 1
    assert run("add", "--name", "A")[0] == 2
