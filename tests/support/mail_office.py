"""A real mail server for a test: what arrives is kept, and it can refuse, be down or hang up."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["MailOffice"]


class _AnyPort(Controller):  # type: ignore[misc]  # aiosmtpd has no types
    """A listener that learns its port when it has one."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailOffice:
    """Listens on this machine; ``answer`` is what it says to a mail, ``arrived`` what it took."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.to: list[str] = []
        self.raw: list[bytes] = []
        self.answer = "250 taken"
        self.unwanted: set[str] = set()
        self.loses_the_answer = False
        self._port = 0
        self._controller: _AnyPort | None = None

    def open(self) -> None:
        """Start to listen, on a port of its own; after a close, on the same one."""
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=self._port)
        self._controller.start()
        self._port = int(self._controller.port)

    def close(self) -> None:
        """Stop listening: who connects is refused."""
        assert self._controller, "it does not listen"
        self._controller.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient unless it is unwanted."""
        if address in self.unwanted:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - ditto
        """Take a mail, and say so unless the line is cut just then."""
        if self.answer.startswith("2"):
            self.raw.append(envelope.content)
            self.arrived.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            self.to += envelope.rcpt_tos
        if self.loses_the_answer:
            server.transport.close()
        return self.answer
