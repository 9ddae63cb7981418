"""Settings: read once, and refused with a sentence."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core import config
from core.config import ConfigError

KEY = {"LOYALTY_SECRET_KEY": "k" * 40}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LOYALTY_DATABASE_URL": "sqlite:///x.db"}, "there is no default"),
        ({"LOYALTY_SECRET_KEY": "short"}, "at least 32"),
        (KEY | {"LOYALTY_DATABASE_URL": "mysql://x/y"}, "sqlite:/// or postgresql://"),
        (KEY | {"LOYALTY_BASE_URL": "card.example"}, "https://card.example"),
        (KEY | {"LOYALTY_BASE_URL": "https://card.example/path"}, "without a path"),
        (KEY | {"LOYALTY_TRUSTED_PROXIES": "many"}, "a number from 0 to 10"),
        (
            KEY | {"LOYALTY_SMTP_URL": "mail.example", "LOYALTY_MAIL_FROM": "a@b.example"},
            "smtps://",
        ),
        (KEY | {"LOYALTY_SMTP_URL": "smtp://mail.example"}, "LOYALTY_MAIL_FROM"),
        (KEY | {"LOYALTY_LOG_LEVEL": "loud"}, "debug, info, warning or error"),
        (KEY | {"LOYALTY_DATABSE_URL": "x"}, "no setting LOYALTY_DATABSE_URL"),
        ({"LOYALTY_SECRET_KEY_FILE": "/nowhere/key"}, "cannot read /nowhere/key"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_sentence(
    environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        config.load({"LOYALTY_DATA_DIR": str(tmp_path / "data")} | environment)


def test_a_command_with_a_wrong_setting_says_the_sentence_and_no_more(tmp_path: Path) -> None:
    place = {"LOYALTY_DATA_DIR": str(tmp_path / "data"), "LOYALTY_LOG_LEVEL": "loud"}

    answer = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "reconcile"],
        env=os.environ | place, cwd=Path(config.__file__).parents[1],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert answer.returncode == 1
    assert answer.stderr.startswith("Not started: ")
    assert "debug, info, warning or error" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_embedded_installation_makes_its_own_secret_once(tmp_path: Path) -> None:
    environment = {"LOYALTY_DATA_DIR": str(tmp_path / "data")}

    first = config.load(environment)
    second = config.load(environment)

    assert first.secret_key == second.secret_key
    kept = tmp_path / "data" / "secret-key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_secret_can_be_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s" * 40 + "\n")

    found = config.load(
        {
            "LOYALTY_SECRET_KEY_FILE": str(tmp_path / "key"),
            "LOYALTY_DATABASE_URL": "postgresql://h/d",
        }
    )

    assert found.secret_key == "s" * 40
    assert found.database_url == "postgresql+psycopg://h/d"
