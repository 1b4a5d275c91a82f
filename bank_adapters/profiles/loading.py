"""Profiles from files and mappings; the adapter of the format checks what only it knows."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bank_adapters.profiles.model import BankProfile
from bank_adapters.registry import adapter_for

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["load_profile", "profile_codes"]

_FOLDER = "bank_adapters.profiles"


def profile_codes() -> tuple[str, ...]:
    """Return the codes of the profiles shipped with the package."""
    folder = files(_FOLDER)
    return tuple(
        sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))
    )


def load_profile(source: str | Mapping[str, Any]) -> BankProfile:
    """Return a shipped profile by its code, or one of an installation from a mapping.

    Raises KeyError for an unknown code, ValueError naming each wrong key, UnknownFormat for a
    format that no adapter writes.
    """
    if not isinstance(source, str):
        return _validated(source)
    return _shipped(source)


@cache
def _shipped(code: str) -> BankProfile:
    if code not in profile_codes():
        raise KeyError(
            f"no bank profile {code!r} is shipped; there are {', '.join(profile_codes())}."
        )
    from ruamel.yaml import YAML  # noqa: PLC0415 - only for those who load a shipped profile

    text = files(_FOLDER).joinpath(f"{code}.yaml").read_text(encoding="utf-8")
    return _validated(YAML(typ="safe").load(text))


def _validated(values: Mapping[str, Any]) -> BankProfile:
    profile = BankProfile.model_validate(_with_tuples(values))
    adapter_for(profile.format).agree(profile)
    return profile


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with tuples where YAML has lists; ``terms`` stay as they are."""
    found = {}
    for key, value in values.items():
        if key == "terms":
            found[key] = value
        elif isinstance(value, list):
            found[key] = tuple(value)
        elif isinstance(value, dict):
            found[key] = _with_tuples(value)
        else:
            found[key] = value
    return found
