"""Checks of the sections that pay: what they name is there, and nothing of them is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cct_engine.rulebook.values import read_deadline

if TYPE_CHECKING:
    from cct_engine.rulebook.checked import Checked
    from cct_engine.rulebook.expressions import Path
    from cct_engine.rulebook.model_money import Cap, Withholding

__all__ = ["check_money"]

_ORDERED = {"amount", "member_id"}


def check_money(checked: Checked) -> None:
    """Refuse limits, caps, withholding and stops that name nothing or decide nothing."""
    _check_listed(checked)
    _check_chosen(checked)
    for number, cap in enumerate(checked.law.caps):
        _check_cap(checked, number, cap)
    for number, withholding in enumerate(checked.law.withholding):
        _check_withholding(checked, number, withholding)
    _check_budget(checked)
    _check_whole(checked)


def _check_listed(checked: Checked) -> None:
    law = checked.law
    listed: list[tuple[Path, tuple[str, ...]]] = [
        (("limits", n), limit.over) for n, limit in enumerate(law.limits)
    ]
    listed += [(("caps", n), (*cap.of, *cap.reduce.lines)) for n, cap in enumerate(law.caps)]
    listed += [(("withholding", n), share.of) for n, share in enumerate(law.withholding)]
    listed += [
        (("stops", n), () if stop.lines == "all" else stop.lines)
        for n, stop in enumerate(law.stops)
    ]
    for path, words in listed:
        for word in words:
            checked.known(word, checked.components, path, "component")


def _check_chosen(checked: Checked) -> None:
    """Refuse to choose by what nobody knows of a member, or in no direction."""
    own, law = checked.own("member"), checked.law
    chosen: list[tuple[Path, tuple[str, ...], tuple[str, ...]]] = [
        (("limits", n, "by"), limit.by, ("amount", *own)) for n, limit in enumerate(law.limits)
    ]
    chosen += [(("payee", n, "by"), rule.by, own) for n, rule in enumerate(law.payee)]
    for path, entries, known in chosen:
        for entry in entries:
            name, _, direction = entry.partition(" ")
            if name not in known:
                checked.known(name, known, path, "attribute of a member")
            elif direction not in {"ASC", "DESC"}:
                message = f"`{entry}` does not say in which direction."
                checked.refuse(path, "RB-031", message, f"{name} ASC, or {name} DESC.")


def _check_cap(checked: Checked, number: int, cap: Cap) -> None:
    path: Path = ("caps", number)
    components = {component.code: component for component in checked.law.components}
    for code in cap.reduce.lines:
        if code not in cap.of:
            checked.refuse(
                (*path, "reduce", "lines"),
                "RB-036",
                f"Cap `{cap.name}` shrinks `{code}`, which it does not count.",
                f"of: [{', '.join((*cap.of, code))}]",
            )
    for code in cap.of:
        component = components.get(code)
        if component is None:
            continue
        if component.kind == "deduction":
            checked.refuse(
                (*path, "of"),
                "RB-036",
                f"Cap `{cap.name}` counts `{code}`, a deduction made after it.",
                "Only benefits.",
            )
        if cap.per == "month" and component.months is None and checked.law.cycle.months > 1:
            checked.refuse(
                (*path, "of"),
                "RB-036",
                f"Cap `{cap.name}` is per month, `{code}` is paid per cycle.",
                "`months: each` on the component, or `per: cycle` on the cap.",
            )
    for entry in cap.reduce.tie:
        name = entry.partition(" ")[0]
        if name not in _ORDERED:
            checked.refuse(
                (*path, "reduce", "tie"),
                "RB-032",
                f"Cap `{cap.name}` breaks ties by `{name}`.",
                "member_id ASC or amount DESC.",
            )


def _check_withholding(checked: Checked, number: int, withholding: Withholding) -> None:
    path: Path = ("withholding", number)
    checked.known(withholding.share, checked.law.parameters, (*path, "share"), "parameter")
    checked.known(withholding.release.by, checked.law.facts, (*path, "release"), "fact")
    fact = checked.law.facts.get(withholding.release.by)
    if fact is not None and fact.measure != "date":
        checked.refuse(
            (*path, "release", "by"),
            "RB-037",
            f"`{withholding.release.by}` is counted; a certificate is a date.",
            "measure: date",
        )
    if fact is not None and "member" in withholding.balance_per and fact.of != "member":
        checked.refuse(
            (*path, "balance_per"),
            "RB-037",
            f"`{withholding.release.by}` is of the household, the balance is per member.",
            "`of: member`, or `balance_per` without member.",
        )
    if withholding.release.not_before.unit != "day":
        checked.refuse(
            (*path, "release", "not_before"), "RB-037", "The wait is in days.", "60 days"
        )
    deadline = withholding.deadline
    if deadline != "never":
        try:
            read_deadline(deadline.default)
        except ValueError as error:
            checked.refuse((*path, "deadline", "default"), "RB-006", str(error), "")
        if "calendar_year" not in withholding.balance_per:
            checked.refuse(
                (*path, "deadline"),
                "RB-037",
                "A deadline counts from a year, and the balance has none.",
                "balance_per: [member, calendar_year], or deadline: never",
            )


def _check_budget(checked: Checked) -> None:
    budget = checked.law.budget
    if budget is None:
        return
    checked.known(budget.ceiling, checked.law.parameters, ("budget", "ceiling"), "parameter")
    known = (*checked.own("household"), "household_id")
    for entry in budget.queue:
        name = entry.partition(" ")[0]
        checked.known(name, known, ("budget", "queue"), "attribute of the household")


def _check_whole(checked: Checked) -> None:
    """A law that pays says to whom and when; one that only tells who is meant says that."""
    law = checked.law
    if not law.components:
        if not law.targeting:
            checked.refuse(
                (), "RB-005", "The rulebook has no `components`.", "components, or targeting."
            )
        return
    for key in ("payee", "calendar", "unclaimed"):
        if not getattr(law, key):
            checked.refuse((), "RB-005", f"The rulebook has no `{key}`.", "Add it.")
