"""Who may ask and take away: an auditor, who may do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cct_engine.people import Permission, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PERMISSIONS"]

PERMISSIONS: Final[Mapping[str, Permission]] = {
    verb: Permission(verb, frozenset({Role.AUDITOR}))
    for verb in ("audit.run", "audit.sample", "audit.pack")
}
