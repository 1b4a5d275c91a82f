"""Everything that differs between installations, typed, read once at the edge.

Order: environment (``CCT_…``), then a ``.env`` file in the working directory. A setting that is
not known is refused, so that a misspelt one cannot be silently ignored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


def _default_home() -> Path:
    return user_data_path("cct-engine", appauthor=False)


class Settings(BaseSettings):
    """Settings of one installation; each field is ``CCT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="CCT_", env_file=".env", extra="ignore")

    home: Annotated[Path, Field(description="Data folder: snapshots, files, reports.")] = Field(
        default_factory=_default_home
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15 or newer, as the role that runs the engine. Unset: the engine "
        "starts a PostgreSQL of its own under the data folder.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="The same database as the role that owns the tables, for migrations only.",
    )
    shard_households: int = Field(
        default=50_000, ge=100, le=1_000_000, description="Households in one snapshot shard."
    )
    token_key: SecretStr = Field(
        default=SecretStr("only-for-demo-and-tests"),
        description="Key of the tokens under which account and id numbers are compared.",
    )
    bank_key_passphrase: SecretStr | None = Field(
        default=None, description="Passphrase of our private key for the banks' SFTP servers."
    )
    time_zone: str = Field(
        default="UTC", description="Zone in which the console shows instants, such as Asia/Kolkata."
    )
    session_hours: int = Field(
        default=10, ge=1, le=24, description="Hours after which a session ends in any case."
    )
    session_idle_minutes: int = Field(
        default=30, ge=5, le=240, description="Minutes without activity after which it ends."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="json when standard error is not a terminal."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    console_url: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?)?$",
        description="Where officers open the console, such as https://pay.example.gov: a link in "
        "mails. Empty: no link.",
    )
    smtp_host: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9.:_-]*$",
        description="Mail server that takes mails to officers. Empty: no mails are sent.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="none sends in the clear and is taken only without a password: for a server on "
        "the same machine.",
    )
    smtp_user: str = Field(default="", description="Name to sign in with. Empty: no sign-in.")
    smtp_password: SecretStr | None = Field(default=None, description="Password to sign in with.")
    smtp_from: str = Field(
        default="cct-engine@localhost",
        pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$",
        description="Address the mails come from.",
    )
    smtp_timeout_seconds: int = Field(
        default=10, ge=1, le=120, description="Seconds after which a silent mail server is left."
    )
    sms_segments_max: int = Field(
        default=5,
        ge=3,
        le=10,
        description="Parts of 153 plain or 67 other characters that one message to a family may "
        "have at most.",
    )
    late_hours: int = Field(
        default=2,
        ge=1,
        le=240,
        description="Hours after which a step that is due and not done is told to officers.",
    )
    suspense_days: int = Field(
        default=7,
        ge=1,
        le=90,
        description="Days after which bank money without a home is told to the bank liaison.",
    )

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)  # raises for a zone that does not exist
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError(
                "CCT_SMTP_PASSWORD would cross the network in the clear. Set CCT_SMTP_SECURITY to "
                "starttls or tls, or use a server that asks for no password."
            )
        return self
