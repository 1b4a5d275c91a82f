"""The door in: a file becomes a :class:`Rulebook`, or a list of everything wrong with it."""

from __future__ import annotations

import difflib
import hashlib
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from cct_engine.rulebook.checks import check_law
from cct_engine.rulebook.expressions import typed_expressions
from cct_engine.rulebook.model import Law
from cct_engine.rulebook.problems import Problem, RefusedRulebook
from cct_engine.rulebook.reading import Document, Tree, file_text, read_text
from cct_engine.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from cct_engine.rulebook.months import Month

__all__ = ["check_text", "load", "parse", "programme", "programmes", "version_name", "versions"]

_PACKAGE = "cct_engine.programmes"
_IN_FORCE = re.compile(
    r"^in_force: \{from: (?P<since>[0-9-]{10})(?:, until: (?P<until>[0-9-]{10}))?", re.MULTILINE
)
# A missing key that has its own rule: (code, what is wrong, what to write).
_MISSING = {
    "absent": (
        "RB-004",
        "`{of}` has no `absent:`.",
        "A value, `never`, `long_ago`, `cycle` or `error`.",
    ),
    "by": ("RB-031", "`{of}` does not say who is chosen.", "`by: [amount DESC, birth_date ASC]`."),
    "remainder": (
        "RB-032",
        "Cap `{cap}` does not say where the last cent goes.",
        "`remainder: largest_fraction` and `tie`.",
    ),
    "tie": (
        "RB-032",
        "Cap `{cap}` does not say who comes first in a tie.",
        "`tie: [member_id ASC]`.",
    ),
    "missing": (
        "RB-040",
        "`{of}` has no `missing:`.",
        "What silence means: met, not_met, no_effect, hold.",
    ),
    "breach": (
        "RB-041",
        "Condition `{of}` has no effect.",
        "`breach: {{ladder: …}}` or `{{forfeit: …, scope: …}}`.",
    ),
    "law": ("RB-008", "`{of}` has no `law:`.", "The article that says so."),
}
_WRITTEN = {
    r"^[A-Z]{3}$": "Three capital letters: BRL.",
    r"^[a-z][a-z0-9_]*$": "Small letters, digits and `_`: river_grant.",
    r"^[A-Za-z][A-Za-z0-9_]*$": "Letters, digits and `_`, a letter first.",
    r"^[0-9]{10}$": 'Ten digits: "1234567890".',
    r"^(([0-9]{4}-)?(0[1-9]|1[0-2])-[0-3][0-9])?$": 'day: "08-25", or day: 2026-08-25.',
}
_MEANT = {"treshold": "at_least", "tresholds": "at_least", "threshold": "at_least"}


def load(path: Path) -> Rulebook:
    """Read a rulebook file; raise :class:`RefusedRulebook` with all problems, or return it."""
    return parse(file_text(path), file=path.name)


@lru_cache(maxsize=64)
def parse(text: str, *, file: str) -> Rulebook:
    """Read a rulebook from its text, as a cycle stored it: once, for every step asks for it."""
    rulebook, problems = check_text(text, file=file)
    if rulebook is None:
        raise RefusedRulebook(problems)
    return rulebook


def programmes() -> tuple[str, ...]:
    """Return the codes of the programmes that ship with the engine."""
    return tuple(sorted({stem.partition("-")[0] for stem in _stems()}))


def versions(code: str) -> tuple[Rulebook, ...]:
    """Return every shipped version of a programme's law, the oldest first.

    The newest stands in ``<programme>.yaml``, an older one in ``<programme>-<year>.yaml`` with the
    days it held under ``in_force``. Raise ``KeyError`` with the known programmes.
    """
    return tuple(_shipped(stem) for stem in _versions(code))


def programme(code: str, *, month: Month | None = None) -> Rulebook:
    """Return a shipped programme's newest law, or the version that held in a month.

    Raise ``KeyError`` for a programme nobody knows, ``LookupError`` for a month without a law.
    """
    return _shipped(version_name(code, month=month))


def version_name(code: str, *, month: Month | None = None) -> str:
    """Return the name that the files of a version share, without reading the law itself.

    Raises as :func:`programme` does.
    """
    stems = _versions(code)
    if month is None:
        return stems[-1]
    for stem in reversed(stems):
        if _holds(stem, month):
            return stem
    spans = ", ".join(rulebook.validity for rulebook in versions(code))
    raise LookupError(f"No version of {code} is in force in {month}; there are: {spans}.")


def _versions(code: str) -> list[str]:
    """Return the names of a programme's files, the oldest law first."""
    stems = [stem for stem in _stems() if stem.partition("-")[0] == code]
    if not stems:
        raise KeyError(
            f"No programme {code!r} ships with the engine; known: {', '.join(programmes())}."
        )
    return sorted(stems, key=lambda stem: stem if "-" in stem else f"{stem}~")


@cache
def _holds(stem: str, month: Month) -> bool:
    """Return whether a version holds in a month, by its head alone: reading a law costs more."""
    head = _IN_FORCE.search(_text(stem))
    if head is None:
        return True
    on = month.first_day.isoformat()
    return head["since"] <= on and (head["until"] is None or on <= head["until"])


@cache
def _stems() -> tuple[str, ...]:
    names = (item.name for item in resources.files(_PACKAGE).iterdir())
    laws = (name for name in names if name.endswith(".yaml") and name.count(".") == 1)
    return tuple(sorted(name.removesuffix(".yaml") for name in laws))


def _text(stem: str) -> str:
    return resources.files(_PACKAGE).joinpath(f"{stem}.yaml").read_text(encoding="utf-8")


@cache
def _shipped(stem: str) -> Rulebook:
    return parse(_text(stem), file=f"{stem}.yaml")


def check_text(text: str, *, file: str) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """Return the rulebook, or None and every problem found in one pass."""
    document = read_text(text, file=file)
    if document.tree is None and document.problems:
        return None, tuple(document.problems)
    try:
        law = Law.model_validate(document.tree)
    except ValidationError as error:
        _tell(error, document)
        return None, tuple(sorted(document.problems))
    expressions = typed_expressions(law, document)
    check_law(law, expressions, document)
    if document.problems:
        return None, tuple(sorted(document.problems))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Rulebook(law, expressions, file, text, digest), ()


def _tell(error: ValidationError, document: Document) -> None:
    told: set[tuple[str | int, ...]] = set()
    details = error.errors(include_url=False)
    paths = [_path(detail["loc"], document.tree) for detail in details]
    for path, detail in zip(paths, details, strict=True):
        # A list is short because what stands in it was refused: that is told where it stands.
        follows = detail["type"] == "too_short" and any(
            other[: len(path)] == path and other != path for other in paths
        )
        if path in told or follows:
            continue
        told.add(path)
        if detail["type"] == "extra_forbidden":
            _unknown_key(path, detail, document)
        elif detail["type"] == "missing":
            _missing_key(path, document)
        else:
            code = detail["type"] if detail["type"].startswith("RB-") else "RB-006"
            message, instead = _sentence(detail, _keys_at(detail["loc"]))
            same = {other["type"] for at, other in zip(paths, details, strict=True) if at == path}
            if len(same) > 1 and "tuple_type" in same:
                instead = f"{instead} Or a list: [{detail['input']}]."
            document.refuse(path, code, message, instead)


def _sentence(detail: ErrorDetails, keys: tuple[str, ...]) -> tuple[str, str]:
    """Return what is wrong with a value and what to write, in the words of a rulebook."""
    value, context = detail["input"], detail.get("ctx", {})
    shown = f"`{value}`" if isinstance(value, str | int) else "This"
    expected = str(context.get("expected", ""))
    near = next(iter(difflib.get_close_matches(str(value), expected.split("'")[1::2], 1)), "")
    meant = f"Did you mean `{near}`? " if near else ""
    no_list = (f"{shown} is no list.", f"[{value}]" if isinstance(value, str) else "[…]")
    no_section = (f"{shown} is no section.", f"{{key: value, …}}; keys: {', '.join(keys)}.")
    no_text = ("A word or an expression is needed here.", "One value, no list and no section.")
    if isinstance(value, int):
        no_text = (f"{shown} stands where a name is asked for.", "A parameter.")
    told = {
        "literal_error": (f"{shown} is none of the words for this.", f"{meant}{expected}."),
        **dict.fromkeys(("tuple_type", "list_type"), no_list),
        **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), no_section),
        "string_type": no_text,
        "string_pattern_mismatch": (
            f"{shown} is not written as it must be.",
            _WRITTEN.get(str(context.get("pattern")), ""),
        ),
    }
    text = detail["msg"].removeprefix("Value error, ")
    return told.get(detail["type"], (text if text.endswith(".") else f"{text}.", ""))


def _path(loc: tuple[str | int, ...], tree: Tree) -> tuple[str | int, ...]:
    """Return pydantic's location without its words for the branches of a choice."""
    path: list[str | int] = []
    here: Tree = tree
    for number, step in enumerate(loc):
        last = number == len(loc) - 1
        if isinstance(here, dict) and isinstance(step, str):
            if step in here or (last and step != "[key]"):
                path.append(step)
                here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path.append(step)
            here = here[step]
    return tuple(path)


def _owner(path: tuple[str | int, ...], document: Document) -> str:
    """Return the name of the section an entry stands in: its own name, else its last key."""
    here: Tree = document.tree
    for step in path[:-1]:
        here = _below(here, step)
    if isinstance(here, dict):
        for key in ("name", "code"):
            if isinstance(here.get(key), str):
                return str(here[key])
    words = [step for step in path[:-1] if isinstance(step, str) and step != "values"]
    return words[-1] if words else "the rulebook"


def _below(tree: Tree, step: str | int) -> Tree:
    if isinstance(tree, dict) and isinstance(step, str):
        return tree.get(step)
    if isinstance(tree, list) and isinstance(step, int) and step < len(tree):
        return tree[step]
    return None


def _missing_key(path: tuple[str | int, ...], document: Document) -> None:
    key = str(path[-1])
    code, message, instead = _MISSING.get(key, ("RB-005", "`{of}` has no `{key}`.", "Add it."))
    owner = _owner(path, document)
    cap = _owner(path[:-1], document)
    document.refuse(
        path, code, message.format(of=owner, key=key, cap=cap), instead.format(of=owner)
    )


def _unknown_key(path: tuple[str | int, ...], detail: ErrorDetails, document: Document) -> None:
    key = str(path[-1]) if path else str(detail["loc"][-1])
    keys = _keys_at(detail["loc"][:-1])
    near = _MEANT.get(key) or next(iter(difflib.get_close_matches(key, keys, 1)), "")
    meant = f"Did you mean `{near}`? " if near else ""
    message = f"Unknown key `{key}` in `{_owner(path, document)}`."
    document.refuse(path, "RB-001", message, f"{meant}Keys: {', '.join(keys)}.")


def _keys_at(loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the section at a location may have."""
    models: list[type[BaseModel]] = [Law]
    for step in loc:
        fields = [
            field.annotation
            for model in models
            for name, field in model.model_fields.items()
            if (field.alias or name) == step
        ]
        inner = [found for annotation in fields for found in _models_in(annotation)]
        models = inner or models
    names = [field.alias or name for model in models for name, field in model.model_fields.items()]
    return tuple(dict.fromkeys(names))


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    inner = getattr(annotation, "__args__", ())
    return [found for part in inner for found in _models_in(part)]
