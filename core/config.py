"""Settings from the environment (LOYALTY_*): read once, refused at start if they are wrong."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "LOYALTY_"
KEY_LENGTH = 32


class ConfigError(Exception):
    """A setting is wrong; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting there is; docs/running.md says what each is for."""

    data_dir: Path
    database_url: str
    database_schema: str | None
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    base_url: str
    trusted_proxies: int
    metrics_token: str | None
    log_level: str
    smtp_url: str | None
    mail_from: str | None

    @property
    def secure(self) -> bool:
        """Tell whether browsers reach us over HTTPS, so that cookies can insist on it."""
        return self.base_url.startswith("https://")


SETTINGS = tuple(PREFIX + field.name.upper() for field in fields(Config))
"""The names of all settings; those that hold a secret can end in _FILE and name a file."""

SECRETS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "METRICS_TOKEN", "SMTP_URL")


def load(environment: Mapping[str, str] = os.environ) -> Config:
    """Return the settings.

    Raises:
        ConfigError: a setting is unknown, missing or wrong.
    """
    known = set(SETTINGS) | {PREFIX + name + "_FILE" for name in SECRETS}
    known |= {"LOYALTY_TEST_POSTGRES"}
    unknown = sorted(n for n in environment if n.startswith(PREFIX) and n not in known)
    if unknown:
        raise ConfigError(f"There is no setting {unknown[0]}. See docs/running.md.")
    data_dir = Path(environment.get("LOYALTY_DATA_DIR", "instance")).absolute()
    return Config(
        data_dir=data_dir,
        database_url=_database_url(_read(environment, "DATABASE_URL"), data_dir),
        database_schema=_read(environment, "DATABASE_SCHEMA") or None,
        secret_key=_secret_key(environment, data_dir),
        secret_key_fallbacks=tuple((_read(environment, "SECRET_KEY_FALLBACKS") or "").split()),
        base_url=_base_url(environment),
        trusted_proxies=_number(environment, "TRUSTED_PROXIES", default=0, most=10),
        metrics_token=_read(environment, "METRICS_TOKEN") or None,
        log_level=_log_level(environment),
        smtp_url=_smtp_url(environment),
        mail_from=_read(environment, "MAIL_FROM") or None,
    )


def _read(environment: Mapping[str, str], name: str) -> str | None:
    if name in SECRETS and (path := environment.get(f"{PREFIX}{name}_FILE")):
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise ConfigError(
                f"{PREFIX}{name}_FILE: cannot read {path}: {problem.strerror}."
            ) from None
    return environment.get(PREFIX + name)


def _database_url(url: str | None, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{data_dir / 'loyalty.sqlite3'}"
    scheme = urlsplit(url).scheme
    if scheme in ("postgresql", "postgres"):
        return "postgresql+psycopg" + url[len(scheme) :]
    if scheme in ("postgresql+psycopg", "sqlite"):
        return url
    raise ConfigError("LOYALTY_DATABASE_URL must begin with sqlite:/// or postgresql://.")


def _secret_key(environment: Mapping[str, str], data_dir: Path) -> str:
    key = _read(environment, "SECRET_KEY")
    if key is None and not _read(environment, "DATABASE_URL"):
        key = _embedded_secret(data_dir / "secret-key")
    if key is None:
        raise ConfigError("Set LOYALTY_SECRET_KEY or LOYALTY_SECRET_KEY_FILE; there is no default.")
    if len(key) < KEY_LENGTH:
        raise ConfigError(f"LOYALTY_SECRET_KEY must have at least {KEY_LENGTH} characters.")
    return key


def _embedded_secret(path: Path) -> str:
    """Return the key of an embedded installation, made beside its database at the first start."""
    try:
        write_secret(path, secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as problem:
        raise ConfigError(f"Cannot write {path}: {problem.strerror}.") from None
    try:
        return path.read_text().strip()
    except OSError as problem:
        raise ConfigError(f"Cannot read {path}: {problem.strerror}.") from None


def write_secret(path: Path, text: str) -> None:
    """Write a new file that only its owner can read, from its first byte on.

    Raises:
        FileExistsError: there is one already.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _base_url(environment: Mapping[str, str]) -> str:
    url = (
        environment.get("LOYALTY_BASE_URL") or f"http://localhost:{environment.get('PORT', '8000')}"
    )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise ConfigError("LOYALTY_BASE_URL must be like https://card.example, without a path.")
    return f"{parts.scheme}://{parts.netloc}"


def _smtp_url(environment: Mapping[str, str]) -> str | None:
    url = _read(environment, "SMTP_URL")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError("LOYALTY_SMTP_URL must be like smtps://user:password@mail.example:465.")
    if not environment.get("LOYALTY_MAIL_FROM"):
        raise ConfigError("LOYALTY_SMTP_URL needs a sender: set LOYALTY_MAIL_FROM.")
    return url


def _number(environment: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    text = environment.get(PREFIX + name, str(default))
    if not text.isdecimal() or int(text) > most:
        raise ConfigError(f"{PREFIX}{name} must be a number from 0 to {most}.")
    return int(text)


def _log_level(environment: Mapping[str, str]) -> str:
    level = environment.get("LOYALTY_LOG_LEVEL", "info").lower()
    if level not in ("debug", "info", "warning", "error"):
        raise ConfigError("LOYALTY_LOG_LEVEL must be debug, info, warning or error.")
    return level
