"""Everything that differs between installations, typed, read once at the edge.

Order: environment (``CCT_…``), then a ``.env`` file in the working directory. A setting that is
not known is refused, so that a misspelt one cannot be silently ignored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
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
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)  # raises for a zone that does not exist
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()
