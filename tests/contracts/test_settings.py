"""Settings are checked all at once, named in every complaint, and told in the README."""

from pathlib import Path

import pytest

from feedback.settings import DECLARED, Settings, SettingsError

README = Path(__file__).resolve().parents[2] / "README.md"


def test_every_wrong_setting_is_listed_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(
            {
                "FEEDBACK_DATABASE_URL": "mysql://x",
                "FEEDBACK_PUBLIC_URL": "feedback.example",
                "FEEDBACK_SECRET_KEYS": "short",
                "FEEDBACK_TRUSTED_PROXIES": "many",
                "FEEDBACK_SMTP_URL": "mail.example",
                "FEEDBACK_METRICS_ALLOW": "everyone",
            }
        )
    named = {problem.split()[0].removeprefix("FEEDBACK_") for problem in caught.value.problems}
    assert named == {"DATABASE_URL", "PUBLIC_URL", "SECRET_KEYS", "TRUSTED_PROXIES", "SMTP_URL", "METRICS_ALLOW"}


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text("k" * 40 + "\n")
    assert Settings.from_env({"FEEDBACK_SECRET_KEYS_FILE": str(secret)}).secret_keys == ("k" * 40,)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_bytes(b"\xff" * 40)
    with pytest.raises(SettingsError, match="SECRET_KEYS_FILE"):
        Settings.from_env({"FEEDBACK_SECRET_KEYS_FILE": str(secret)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "https://feedback.example:many"),
        ("PUBLIC_URL", "https://user@feedback.example"),
        ("PUBLIC_URL", "https://feedback example"),
        ("ALLOWED_HOSTS", "https://feedback.example"),
        ("MAIL_DOMAIN", "mail example"),
        ("SMTP_URL", "smtp://mail.example:many"),
        ("SMTP_URL", "smtp://"),
        ("REDIS_URL", "redis://cache:many"),
        ("DATABASE_URL", "postgresql://db:many/feedback"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SECURITY_CONTACT", "mailto:"),
        ("DATA_DIR", "~nobody-has-this-name/var"),
        ("INBOUND_DIR", "~nobody-has-this-name/mail"),
    ],
)
def test_what_would_only_fail_later_is_refused_at_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"FEEDBACK_{name} "):
        Settings.from_env({f"FEEDBACK_{name}": value})


@pytest.mark.parametrize("name", ["SECRET_KEYS", "DATABASE_URL", "SMTP_URL", "REDIS_URL"])
def test_a_complaint_never_repeats_a_secret(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({f"FEEDBACK_{name}": "other://us:hunter2@host"})
    assert "hunter2" not in str(caught.value)


def test_hosts_are_compared_in_small_letters() -> None:
    assert "other.example:8443" in Settings.from_env({"FEEDBACK_ALLOWED_HOSTS": "Other.Example:8443"}).hosts


def test_a_setting_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEYS"):
        Settings.from_env({"FEEDBACK_SECRET_KEYS": "k" * 40, "FEEDBACK_SECRET_KEYS_FILE": str(tmp_path / "keys")})


def test_plain_postgresql_addresses_mean_psycopg() -> None:
    settings = Settings.from_env({"FEEDBACK_DATABASE_URL": "postgresql://db/feedback"})
    assert settings.database_url == "postgresql+psycopg://db/feedback"


def test_the_readme_tells_every_setting() -> None:
    text = README.read_text()
    assert [setting.name for setting in DECLARED if f"`FEEDBACK_{setting.name}`" not in text] == []
