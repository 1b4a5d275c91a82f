"""The rows of one household told in sentences, in the order a family asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.months import Month
from cct_engine.rulebook.values import format_minor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cct_engine.rulebook.compiler import Compiled
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.texts import Texts

__all__ = ["tell"]

Row = dict[str, Any]


def tell(
    rulebook: Rulebook,
    compiled: Compiled,
    texts: Texts,
    rows: Mapping[str, Sequence[Row]],
    *,
    names: Mapping[int, str] | None = None,
) -> tuple[str, ...]:
    """Return the sentences for one household from its rows of the outlets.

    ``rows``: outlet (household, line, verdict, state) to that household's rows as written.
    ``names``: what to call persons where the reader may know them; else their ids stand.
    """
    return _Telling(rulebook, compiled, texts, names or {}, rows).sentences()


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told of one household: rows of the outlets by name, and how to say them."""

    rulebook: Rulebook
    compiled: Compiled
    texts: Texts
    names: Mapping[int, str]
    rows: Mapping[str, Sequence[Row]]

    def sentences(self) -> tuple[str, ...]:
        """Return: the amount, its lines, what was lost or waits and why, who receives, appeal."""
        return (
            self._headline(),
            *self._standing(),
            *self._lines(),
            *self._verdicts(),
            *self._states(),
            *self._held(),
            self._payee(),
            self.texts.say("appeal", **self._appeal()),
        )

    def _money(self, amount: int) -> str:
        return f"{self.rulebook.currency} {format_minor(amount, currency=self.rulebook.currency)}"

    def _who(self, person_id: int) -> str:
        return self.names.get(person_id, f"person {person_id}")

    def _headline(self) -> str:
        row = self.rows["household"][0]
        title, month = self.rulebook.law.title, self.compiled.month
        return (
            f"{title}, {month}: {self._money(row['pay_now'])} to pay now; held "
            f"{self._money(row['held'])}, withheld {self._money(row['withheld'])}, "
            f"lost {self._money(row['forfeited'])}."
        )

    def _standing(self) -> Iterator[str]:
        row = self.rows["household"][0]
        reason = row["standing_reason"]
        if reason == "full":
            return
        grace = self.rulebook.law.standing.grace
        shown = grace.shows if grace is not None and reason == "grace" else reason
        states = [r for r in self.rows["state"] if r["ladder"] == "standing"]
        since = str(Month(states[0]["since_month"])) if states else ""
        until = states[0]["until_month"] if states else None
        for ladder in self.rulebook.law.ladders:
            if ("states", ladder, shown) in self.texts.sentences:
                yield self.texts.say("states", ladder, shown, since=since, until="")
                return
        yield self.texts.say(
            "standing", shown, since=since, until="" if until is None else str(Month(until))
        )

    def _lines(self) -> Iterator[str]:
        for line in self.rows["line"]:
            words = {
                "amount": self._money(abs(line["due"])),
                "person": self._who(line["person_id"]),
                "month": str(Month(line["for_month"])),
                "size": str(self.rows["household"][0]["size"]),
                "component": self._title(line["component"]),
            }
            if line["source"] == "due":
                if line["due"] != 0:
                    yield self.texts.say("components", line["component"], **words)
            else:
                yield self.texts.say("sources", line["source"], **words)

    def _title(self, code: str) -> str:
        titles = {c.code: c.title or c.code for c in self.rulebook.law.components}
        return titles.get(code, code)

    def _verdicts(self) -> Iterator[str]:
        for row in self.rows["verdict"]:
            condition = self.rulebook.law.conditions[row["condition"]]
            ratio = self.rulebook.law.facts[condition.fact].measure == "ratio"
            done = f"{row['numerator']}/{row['denominator']}" if ratio else str(row["numerator"])
            if ratio and row["denominator"]:
                done = f"{row['numerator'] * 1000 // row['denominator'] / 10:.1f} % ({done})"
            yield self.texts.say(
                "conditions",
                row["condition"],
                row["verdict"],
                person=self._who(row["subject_id"]),
                done=done,
                needed=self._needed(condition),
                first=str(Month(row["window_first_month"])),
                last=str(Month(row["window_last_month"])),
                reason=row["reason"].replace("_", " "),
            )

    def _needed(self, condition: Any) -> str:
        values = {read.name: read.value for read in self.compiled.parameters_read}
        for key in ("at_least", "at_most", "less_than"):
            written = getattr(condition, key)
            if written is not None:
                return values.get(str(written), str(written))
        return ""

    def _states(self) -> Iterator[str]:
        for row in self.rows["state"]:
            if row["ladder"] == "standing" or row["state"] == "none":
                continue
            until = row["until_month"]
            yield self.texts.say(
                "states",
                row["ladder"],
                row["state"],
                person=self._who(row["subject_id"]),
                since=str(Month(row["since_month"])) if row["since_month"] else "",
                until="" if until is None else str(Month(until)),
                conditions=row["why"].replace(";", ", ").replace("_", " "),
            )

    def _held(self) -> Iterator[str]:
        held: dict[str, int] = {}
        for line in self.rows["line"]:
            if line["held"]:
                held[line["reason_code"]] = held.get(line["reason_code"], 0) + line["held"]
        for reason, amount in held.items():
            yield self.texts.say("held", reason, amount=self._money(amount))

    def _payee(self) -> str:
        payee = self.rows["household"][0]["payee_person_id"]
        if payee == 0:
            return self.texts.say("nobody")
        return self.texts.say("payee", person=self._who(payee))

    def _appeal(self) -> dict[str, str]:
        appeals = self.rulebook.law.appeals
        if appeals is None:
            return {}
        return {"window": f"{appeals.window.length} {appeals.window.unit}s"}
