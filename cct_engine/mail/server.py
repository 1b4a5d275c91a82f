"""The mail server of the settings: one connection for a round of mails, encrypted unless local."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SecretStr

    from cct_engine.settings import Settings

__all__ = ["MailServer", "mail_server"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in, and how."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: SecretStr | None
    timeout_seconds: int

    @contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """Connect; raises OSError or smtplib.SMTPException when it does not answer rightly."""
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host,
                self.port,
                timeout=self.timeout_seconds,
                context=ssl.create_default_context(),
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        with server:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user and self.password is not None:
                server.login(self.user, self.password.get_secret_value())
            yield server


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server of an installation; None where no mails are sent."""
    if not settings.smtp_host:
        return None
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_timeout_seconds,
    )
