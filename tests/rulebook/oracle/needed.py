"""What must be known of a household in a cycle, and whether it is; otherwise its money is held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .asked import Asked, When, when_due
from .judging import in_force, windows
from .law import NotInForceError, first_day
from .money import due_months

if TYPE_CHECKING:
    from .law import PlainLaw
    from .scope import Home, Row, Scope

_KEYS = ("member_id", "amount", "id")


@dataclass
class Needed:
    """Whatever a law asks in one cycle, beside what only classifies households."""

    law: PlainLaw
    cycle: int

    def asked(self) -> Asked:
        """Return everything asked, once."""
        found = Asked(self.law)
        now = When(self.cycle, self.cycle)
        for text, subject in self._lines():
            found.of(text, subject, now)
        self._judged(found, now)
        self._paid(found, now)
        return found

    def _lines(self) -> list[tuple[Any, str]]:
        """Return what is asked before anything is judged, and of ladders."""
        law = self.law
        rules = law.law["standing"]
        found = [(rules["apply"], "household")]
        found += [(rules["keep"], "household")] if rules["keep"] != "same" else []
        found += [(entry["when"], "household") for entry in rules.get("excluded", [])]
        for key in ("while", "months"):
            found += [(rules["grace"][key], "household")] if "grace" in rules else []
        if "counted" in law.law["conventions"]:
            found.append((law.law["conventions"]["counted"], "member"))
        for rule in law.many("payee"):
            names = [entry.split()[0] for entry in rule["by"]]
            found += [(text, "member") for text in (rule["where"], *names) if text not in _KEYS]
        queue = [entry.split()[0] for entry in law.law.get("budget", {}).get("queue", [])]
        found += [(name, "household") for name in queue if name != "household_id"]
        if "recertify" in law.law:
            found.append((law.law["recertify"]["from"], "household"))
        for ladder in law.section("ladders").values():
            texts = [step["when"] for step in ladder["steps"]]
            texts += [state["until"] for state in ladder["states"].values() if "until" in state]
            texts += [ladder["switched_off_when"]] if "switched_off_when" in ladder else []
            found += [(text, ladder["each"]) for text in texts]
            found += self._overrides("ladders", "frozen", self.cycle)
        for _ in law.many("withholding"):
            found += self._overrides("release", "without_certificate", self.cycle)
        return [(text, subject) for text, subject in found if str(text) != ""]

    def _overrides(self, key: str, value: str, month: int) -> list[tuple[Any, str]]:
        return [
            (override.get("where", "TRUE"), "household")
            for override in self.law.many("overrides")
            if override.get(key) == value and in_force(override, first_day(month))
        ]

    def _judged(self, found: Asked, now: When) -> None:
        for condition in self.law.section("conditions").values():
            each = condition["each"]
            cycles = int(condition["hold"]["cycles"]) if "hold" in condition else 0
            for back in range(cycles + 1):
                cycle = self.cycle - back * self.law.span
                for seen, month in windows(self.law, condition, cycle):
                    by_month = condition.get("grain") == "month"
                    here = When(cycle, month, (seen[0], seen[-1]), monthly=by_month)
                    if found.of(condition.get("where", "TRUE"), each, here) is False:
                        continue
                    exempt = condition.get("exempt_when", [])
                    texts = [exempt] if isinstance(exempt, str) else [e["when"] for e in exempt]
                    for text in texts:
                        found.of(text, each, here)
                    for text, subject in self._overrides("conditions", "exempt", month):
                        found.of(text, subject, now)

    def _paid(self, found: Asked, now: When) -> None:
        law = self.law
        codes = set()
        for component in law.components:
            for month in due_months(law, component, self.cycle):
                codes.add(component["code"])
                self._component(found, component, when_due(component, self.cycle, month))
        for stop in law.many("stops"):
            if codes and (stop["lines"] == "all" or codes & set(stop["lines"])):
                found.of(stop["when"], stop["each"], now)
        self._bounds(found, codes)
        arrears = law.law.get("arrears")
        most = int(arrears["most"].split()[0]) if arrears else 0
        most *= law.span if arrears and "cycle" in arrears["most"] else 1
        for back in range(-(-most // law.span), 0, -1):
            past = self.cycle - back * law.span
            for component in law.components:
                if not {"once", "instalments"} & component.keys():
                    for month in due_months(law, component, past):
                        if month >= self.cycle - most:
                            when = when_due(component, past, month, late=True)
                            self._component(found, component, when)

    def _bounds(self, found: Asked, codes: set[str]) -> None:
        law, now = self.law, When(self.cycle, self.cycle)
        of_members = {c["code"] for c in law.components if c["each"] != "household"} & codes
        if any(of_members & set(limit["over"]) for limit in law.many("limits")):
            for entry in (entry for limit in law.many("limits") for entry in limit["by"]):
                if entry.split()[0] not in _KEYS:
                    found.of(entry.split()[0], "member", now)
        if any(codes & set(cap["reduce"]["lines"]) for cap in law.many("caps")):
            for cap in law.many("caps"):
                months = range(self.cycle, self.cycle + law.span)
                for month in months if cap["per"] == "month" else [self.cycle]:
                    found.of(cap["at_most"], "household", When(self.cycle, month))

    def _component(self, found: Asked, component: Row, when: When) -> None:
        each, where = component["each"], component.get("where", "TRUE")
        try:
            found.of(where, each, when)
            found.guards = found.own_parts(self.law.tree(where), each)
            for refusal in component.get("unless", []):
                found.of(refusal["when"], each, when)
            found.of(component["amount"], each, when)
        except NotInForceError:
            pass
        found.guards = []


def is_dated(law: PlainLaw, component: Row, when: When) -> bool:
    """Return whether all that a component asks in a month has a value; else it is not due."""
    each, asked = component["each"], Asked(law)
    try:
        asked.of(component.get("where", "TRUE"), each, when)
        for refusal in component.get("unless", []):
            asked.of(refusal["when"], each, when)
        asked.of(component["amount"], each, when)
    except NotInForceError:
        return False
    return True


def is_incomplete(law: PlainLaw, home: Home, scope: Scope) -> bool:
    """Return whether something that decides this household's money is not known."""
    asked = law.needed(scope.cycle)
    rows = {"household": [home.row], "member": home.members, "pregnancy": home.pregnancies}
    for noun, name in asked.names:
        must = law.absent(noun, name) == "error"
        if must and any(row.get(name) is None for row in rows[noun]):
            return True
    for tree, when in asked.groups:
        if _is_asked(home, when, scope.cycle) and _of_nobody(_at(scope, when), tree):
            return True
    for tree, subject, when, guards in asked.tables:
        here = _at(scope, when)
        for row in rows[subject] if subject != "household" else [{}]:
            mine = here.of(subject, row)
            if all(mine.holds(guard) for guard in guards) and mine.is_unlisted(tree):
                return True
    return False


def _at(scope: Scope, when: When) -> Scope:
    return replace(scope, cycle=when.cycle, month=when.month, window=when.window)


def _is_asked(home: Home, when: When, cycle: int) -> bool:
    """Return whether the largest of nobody holds this household's money: now, or paid late."""
    entitled = home.row.get("entitled_from_month")
    return when.cycle == cycle or (when.late and entitled is not None and entitled <= when.month)


def _of_nobody(scope: Scope, tree: Any) -> bool:
    return scope.chosen(tree[2]) == []
