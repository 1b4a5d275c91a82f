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
    password_sign_in: bool = Field(
        default=True,
        description="Whether officers may sign in by a password of ours. no only with an OpenID "
        "provider; sessions that a password opened end with it.",
    )
    oidc_issuer: str = Field(
        default="",
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/]|$)",
        description="OpenID provider by which officers sign in, as it names itself, such as "
        "https://login.example.gov/realms/finance. Empty: none.",
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this engine.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Our secret at the provider. Unset: a public client, PKCE alone."
    )
    oidc_client_secret_file: Path | None = Field(
        default=None, description="A file that holds the secret instead; nobody else's to read."
    )
    oidc_name: str = Field(
        default="the ministry's account",
        max_length=60,
        description="What the sign-in page calls the provider.",
    )
    oidc_scope: str = Field(
        default="openid profile",
        pattern=r"^openid( [A-Za-z0-9_.:/-]+)*$",
        description="What is asked of the provider.",
    )
    oidc_login_claim: str = Field(
        default="preferred_username",
        min_length=1,
        description="Claim that names an officer's login at the first sign-in, which binds the "
        "account. none: only an administrator binds accounts.",
    )
    oidc_login_domain: str = Field(
        default="",
        pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$",
        description="Domain that is cut off where that claim is an address, such as gov.example: "
        "maria@gov.example is maria. An address of another domain names nobody.",
    )
    oidc_roles_claim: str = Field(
        default="",
        description="Claim that lists roles, such as maker; a session has no role that stands not "
        "in it. It never grants one. Empty: every role the officer has here.",
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
    def _a_way_to_sign_in(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.console_url):
            raise ValueError(
                "CCT_OIDC_ISSUER needs CCT_OIDC_CLIENT_ID, as the provider knows this engine, and "
                "CCT_CONSOLE_URL, to which the provider sends officers back."
            )
        if self.oidc_client_secret is not None and self.oidc_client_secret_file is not None:
            raise ValueError(
                "CCT_OIDC_CLIENT_SECRET and CCT_OIDC_CLIENT_SECRET_FILE are both set. Unset one: "
                "nobody could tell which secret is used."
            )
        if not self.oidc_issuer and not self.password_sign_in:
            raise ValueError(
                "CCT_PASSWORD_SIGN_IN is off and there is no CCT_OIDC_ISSUER: nobody could sign "
                "in. Set a provider first."
            )
        return self

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError(
                "CCT_SMTP_PASSWORD would cross the network in the clear. Set CCT_SMTP_SECURITY to "
                "starttls or tls, or use a server that asks for no password."
            )
        return self
