"""The reference of every setting, written from the settings themselves.

``python -m cct_engine.configuration > docs/configuration.md`` writes the page; a test compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from cct_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

__all__ = ["reference"]

_GROUPS: Final = {
    "Where things are": ("home", "database_url", "owner_database_url", "console_url"),
    "Secrets": ("token_key", "bank_key_passphrase", "smtp_password", "oidc_client_secret"),
    "Calculation": ("shard_households",),
    "Console and schedule": (
        "time_zone",
        "session_hours",
        "session_idle_minutes",
        "late_hours",
        "suspense_days",
    ),
    "Sign-in": (
        "password_sign_in",
        "oidc_issuer",
        "oidc_client_id",
        "oidc_client_secret_file",
        "oidc_name",
        "oidc_scope",
        "oidc_login_claim",
        "oidc_login_domain",
        "oidc_roles_claim",
    ),
    "Mails to officers": (
        "smtp_host",
        "smtp_port",
        "smtp_security",
        "smtp_user",
        "smtp_from",
        "smtp_timeout_seconds",
    ),
    "Messages to families": ("sms_segments_max",),
    "Logs": ("log_format", "log_level"),
}
_HEAD: Final = """\
# Configuration

Written by `python -m cct_engine.configuration` from `cct_engine/settings.py`; do not edit.
Settings come from the environment of the process, or from a file `.env` in its working directory.
`cct doctor` names a `CCT_` variable that is no setting. Ways to banks, laws and bank profiles of an
installation are files under `CCT_HOME`: see [banks](banks.md) and the rulebook.
"""


def reference() -> str:
    """Return the page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield _HEAD
    grouped = {name for names in _GROUPS.values() for name in names}
    others = tuple(name for name in Settings.model_fields if name not in grouped)
    for title, names in (_GROUPS | ({"Others": others} if others else {})).items():
        yield f"## {title}"
        yield "| setting | what | values | default |"
        yield "|---|---|---|---|"
        for name in names:
            field = Settings.model_fields[name]
            what = (field.description or "").replace("|", "\\|")
            cells = (f"`CCT_{name.upper()}`", what, _values(name, field), _default(name, field))
            yield f"| {' | '.join(cells)} |"
        yield ""


def _values(name: str, field: FieldInfo) -> str:
    kinds = [one for one in _alternatives(field.annotation) if one is not NoneType]
    kind: Any = kinds[0]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    bounds = {type(one).__name__: one for one in field.metadata}
    low, high = (getattr(bounds.get(name), name.lower(), None) for name in ("Ge", "Le"))
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if kind is SecretStr:
        return "a secret"
    if kind is Path:
        return "a file" if name.endswith("_file") else "a folder"
    return {"bool": "`yes`, `no`", "str": "text", "int": "a whole number"}[kind.__name__]


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal or not get_args(annotation):
        return (annotation,)
    return get_args(annotation)


def _default(name: str, field: FieldInfo) -> str:
    if name == "home":
        return "the user's data folder"
    value = field.default
    if name == "token_key":
        return "one for demo and tests"
    if value is None or value is PydanticUndefined or value == "":
        return "unset"
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    return f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
