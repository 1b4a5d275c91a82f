"""The rows of one household told in sentences, in the order a family asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.bounds import bounds
from cct_engine.rulebook.compiler.standing import RECERTIFY
from cct_engine.rulebook.months import Month
from cct_engine.rulebook.phrases import FINDINGS, GRACE_HAD, HEADLINE, REASONS, RENEW
from cct_engine.rulebook.reasons import waiting_reason
from cct_engine.rulebook.wording import PlainWording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cct_engine.rulebook.bounds import Bound
    from cct_engine.rulebook.compiler import Compiled
    from cct_engine.rulebook.model_rules import Condition
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.texts import Texts
    from cct_engine.rulebook.wording import Wording

__all__ = ["Telling", "tell"]

Row = dict[str, Any]
_KEPT = ("held", "withheld", "forfeited")


def tell(
    rulebook: Rulebook,
    compiled: Compiled,
    texts: Texts,
    rows: Mapping[str, Sequence[Row]],
    *,
    names: Mapping[int, str] | None = None,
    wording: Wording | None = None,
) -> tuple[str, ...]:
    """Return the sentences for one household from its rows of the outlets.

    ``rows``: outlet (household, line, verdict, state) to that household's rows as written.
    ``names``: what to call persons where the reader may know them; else their ids stand.
    """
    telling = Telling(rulebook, compiled, texts, names or {}, rows, wording or PlainWording())
    return telling.sentences()


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of one household: rows of the outlets by name, and how to say them.

    Each part is there by itself for a page that sets them apart.
    """

    rulebook: Rulebook
    compiled: Compiled
    texts: Texts
    names: Mapping[int, str]
    rows: Mapping[str, Sequence[Row]]
    wording: Wording = field(default_factory=PlainWording)

    def sentences(
        self, *, sums: Mapping[str, int] | None = None, held: Mapping[str, int] | None = None
    ) -> tuple[str, ...]:
        """Return: the amount, its lines, what was lost or waits and why, who receives, appeal.

        ``sums`` (``pay_now``, ``held``, ``withheld``, ``forfeited``) and ``held``, by reason code,
        are what became of the calculation, where somebody set money aside after it.
        """
        held = self._held() if held is None else held
        sums = self.rows["household"][0] if sums is None else sums
        receives = any(sums[name] for name in ("pay_now", "held", "withheld"))
        told = (
            self._headline(sums),
            *self.standing(),
            *filter(None, map(self.line, self.rows["line"])),
            *(bound.sentence for bound in self.bounds()),
            *map(self.verdict, self.rows["verdict"]),
            *filter(None, map(self.state, self.rows["state"])),
            *(self.held(reason, amount) for reason, amount in held.items()),
            *self.withheld(),
            *([self.payee()] if receives else []),
            self.appeal(),
        )
        return tuple(sentence[:1].upper() + sentence[1:] for sentence in told)

    def _held(self) -> dict[str, int]:
        held: dict[str, int] = {}
        for line in self.rows["line"]:
            if line["held"]:
                reason = waiting_reason(line["reason_code"])
                held[reason] = held.get(reason, 0) + line["held"]
        return held

    def standing(self) -> tuple[str, ...]:
        """Return what is special about the family's place on the list, if anything."""
        row = self.rows["household"][0]
        reason = row["standing_reason"]
        if reason == "full":
            warned = row.get("registration_age") == RECERTIFY["warn"]
            return (self.texts.words(RENEW),) if warned else ()
        grace = self.rulebook.law.standing.grace
        shown = grace.shows if grace is not None and reason == "grace" else reason
        states = [r for r in self.rows["state"] if r["ladder"] == "standing"]
        since = self._month(states[0]["since_month"]) if states else ""
        until = states[0]["until_month"] if states else None
        for ladder in self.rulebook.law.ladders:
            if ("states", ladder, shown) in self.texts.sentences:
                return (self.texts.say("states", ladder, shown, since=since, until=""),)
        words = {"since": since, "until": self._month(until), **self._queued()}
        had = (self._grace_had(states[0]["last_effect_month"]),) if states else ()
        return (self.texts.say("standing", shown, **words), *filter(None, had))

    def _grace_had(self, began: int | None) -> str:
        """Return that a family had the one grace it gets, where that ended its enrolment."""
        grace = self.rulebook.law.standing.grace
        ended = self.rows["household"][0]["standing_reason"]
        if grace is None or began is None or ended != grace.then:
            return ""
        return self.texts.words(GRACE_HAD)[grace.again].format(month=self._month(began))

    def _queued(self) -> dict[str, str]:
        """Return the place in the queue of a family whom the budget did not reach."""
        waiting = self.rows.get("waiting", ())
        return {"place": waiting[0]["place"]} if waiting else {}

    def line(self, line: Row) -> str:
        """Return the sentence of one line; nothing for a line of nothing."""
        words = {
            "amount": self.money(abs(line["due"])),
            "person": self.who(line["person_id"]),
            "month": self._month(line["for_month"]),
            "size": str(self.rows["household"][0]["size"]),
            "component": self.title(line["component"]),
        }
        if line["source"] != "due":
            return self.texts.say("sources", line["source"], **words)
        refused, _, reason = line["reason_code"].partition(":")
        if refused == "refused":
            return self.texts.say("refused", reason, **words)
        return self.texts.say("components", line["component"], **words) if line["due"] else ""

    def programme(self) -> str:
        """Return what the programme is called."""
        return self.texts.sentences.get(("title",), self.rulebook.law.title)

    def title(self, code: str) -> str:
        """Return what a component is called."""
        if ("titles", code) in self.texts.sentences:
            return self.texts.say("titles", code)
        titles = {c.code: c.title or c.code for c in self.rulebook.law.components}
        return titles.get(code, code)

    def bounds(self) -> tuple[Bound, ...]:
        """Return what limits left out and ceilings cut."""
        return bounds(self)

    def verdict(self, row: Row) -> str:
        """Return the sentence of one verdict: what was reported, what is asked, what follows."""
        condition = self.rulebook.law.conditions[row["condition"]]
        ratio = self.rulebook.law.facts[condition.fact].measure == "ratio"
        done = f"{row['numerator']}/{row['denominator']}" if ratio else str(row["numerator"])
        if ratio and row["denominator"]:
            done = f"{self.wording.share(row['numerator'] * 1000 // row['denominator'])} ({done})"
        told = "no_information" if _is_silent(row, condition, ratio=ratio) else row["verdict"]
        return self.texts.say(
            "conditions",
            row["condition"],
            told,
            person=self.who(row["subject_id"]),
            done=done,
            needed=self.needed(row["condition"]),
            first=self._month(row["window_first_month"]),
            last=self._month(row["window_last_month"]),
            months=self._months(row["window_first_month"], row["window_last_month"]),
            reason=self._reason(row["reason"]),
        )

    def needed(self, condition: str) -> str:
        """Return the threshold of a condition, as the law had it in this cycle."""
        values = {read.name: read.value for read in self.compiled.parameters_read}
        for key in ("at_least", "at_most", "less_than"):
            written = getattr(self.rulebook.law.conditions[condition], key)
            if written is not None:
                return values.get(str(written), str(written))
        return ""

    def state(self, row: Row) -> str:
        """Return the sentence of one step of a ladder; nothing where none was taken."""
        if row["ladder"] not in self.rulebook.law.ladders or row["state"] == "none":
            return ""
        return self.texts.say(
            "states",
            row["ladder"],
            row["state"],
            person=self.who(row["subject_id"]),
            since=self._month(row["since_month"]),
            until=self._month(row["until_month"]),
            conditions=row["why"].replace(";", ", ").replace("_", " "),
        )

    def held(self, reason: str, amount: int) -> str:
        """Return why money waits, and what would release it."""
        known = ("held", reason) in self.texts.sentences
        finding = self.texts.words(FINDINGS).get(reason.removeprefix("finding:"), "")
        if finding and not known:
            return finding.format(amount=self.money(amount))
        shown = reason if known else "review_hold"
        return self.texts.say("held", shown, amount=self.money(amount))

    def withheld(self) -> Iterator[str]:
        """Tell what of this cycle waits for a certificate, by what it waits for."""
        waiting: dict[str, int] = {}
        for line in self.rows["line"]:
            kind, _, name = waiting_reason(line["reason_code"]).partition(":")
            if line["withheld"] and kind == "withholding":
                waiting[name] = waiting.get(name, 0) + line["withheld"]
        for name, amount in waiting.items():
            yield self.kept_for(name, amount)

    def kept_for(self, withholding: str, amount: int) -> str:
        """Return what money that is withheld waits for."""
        return self.texts.say("withheld", withholding, amount=self.money(amount))

    def payee(self) -> str:
        """Return who receives the money."""
        payee = self.rows["household"][0]["payee_person_id"]
        if payee == 0:
            return self.texts.say("nobody")
        return self.texts.say("payee", person=self.who(payee))

    def appeal(self) -> str:
        """Return how one objects, and for how long."""
        appeals = self.rulebook.law.appeals
        if appeals is None:
            return self.texts.say("appeal")
        window = self.wording.span(appeals.window.length, appeals.window.unit)
        return self.texts.say("appeal", window=window)

    def money(self, amount: int) -> str:
        """Return an amount in the programme's currency."""
        return self.wording.money(amount, self.rulebook.currency)

    def who(self, person_id: int) -> str:
        """Return what to call a person."""
        return self.names.get(person_id) or self.wording.person(person_id)

    def _month(self, number: int | None) -> str:
        return self.wording.month(Month(number)) if number else ""

    def _months(self, first: int, last: int) -> str:
        return self.wording.months(Month(first), Month(last))

    def _reason(self, code: str) -> str:
        if ("reasons", code) in self.texts.sentences:
            return self.texts.say("reasons", code)
        return self.texts.words(REASONS).get(code) or code.replace("_", " ")

    def _headline(self, sums: Mapping[str, int]) -> str:
        words = self.texts.words(HEADLINE)
        kept = [words[name].format(self.money(sums[name])) for name in _KEPT if sums[name]]
        first = self.compiled.month
        pays = words["pay_now"].format(
            title=self.programme(),
            month=self.wording.months(first, first.plus(self.rulebook.cycle_months - 1)),
            amount=self.money(sums["pay_now"]),
        )
        return "; ".join([pays, ", ".join(kept)] if kept else [pays]) + words["end"]


def _is_silent(row: Row, condition: Condition, *, ratio: bool) -> bool:
    """Return whether a verdict stands on no report, because the law says what silence means."""
    if row["verdict"] not in {"met", "not_met"}:
        return False
    if ratio:
        return not row["denominator"]
    return row["verdict"] == "met" and condition.at_least is not None and not row["numerator"]
