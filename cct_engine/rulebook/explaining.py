"""Why a household gets what it gets: the statement's own columns, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cct_engine.rulebook.compiler import OUTLETS, WAITING_LIST
from cct_engine.rulebook.sentences import Telling
from cct_engine.rulebook.shards import asides_attached, attach_shard, connect, rows_attached
from cct_engine.rulebook.wording import PlainWording
from cct_engine.rulebook.working import workings

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from cct_engine.rulebook.compiler import Compiled, ParameterRead
    from cct_engine.rulebook.months import Month
    from cct_engine.rulebook.rulebook import Rulebook
    from cct_engine.rulebook.shards import Source
    from cct_engine.rulebook.texts import Texts
    from cct_engine.rulebook.wording import Wording

__all__ = ["Explanation", "UnknownHousehold", "explain"]

Row = dict[str, Any]
_PLACE = (
    f"SELECT detail FROM src_event WHERE code = '{WAITING_LIST}' AND from_month <= $month"
    " AND until_month >= $month"
)


class UnknownHousehold(LookupError):  # noqa: N818 - it reads as what is said
    """The household is not in this shard."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One household in one cycle: the rows of every outlet, and what they mean in words.

    ``decided`` are all named columns of the household's row; ``workings`` give each component with
    the numbers that made it; ``parameters`` the values of the law that were read; ``telling`` says
    each part by itself.
    """

    household_id: int
    programme: str
    month: Month
    household: Row
    lines: tuple[Row, ...]
    verdicts: tuple[Row, ...]
    states: tuple[Row, ...]
    decided: Row
    workings: Mapping[str, str]
    parameters: tuple[ParameterRead, ...]
    sentences: tuple[str, ...]
    telling: Telling

    def text(self) -> str:
        """Return the explanation as plain text, the law last."""
        law = [
            f"  {read.name} = {read.value}, since {read.from_on} ({read.law})"
            + (f" - unsure: {read.unsure}" if read.unsure else "")
            for read in self.parameters
        ]
        worked = [f"  {code}: {text}" for code, text in self.workings.items()]
        parts = ["\n".join(self.sentences), "How the amounts came about", *worked]
        return "\n".join([*parts, "The law that was read", *law])


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for all explanations: making one takes a tenth of the time of an explanation.

    Each explanation has a cursor of its own, and with it its own temporary tables.
    """
    return connect(threads=1)


def explain(
    compiled: Compiled,
    sources: Mapping[str, Source],
    household_id: int,
    *,
    rulebook: Rulebook,
    texts: Texts,
    names: Mapping[int, str] | None = None,
    wording: Wording | None = None,
) -> Explanation:
    """Explain one household from its shard's tables.

    ``names``: what to call persons (by person id) where the reader may know them; else their ids
    stand. Raises :class:`UnknownHousehold` if the shard has no such household.
    """
    with _engine().cursor() as connection:
        # One household's rows need no optimised plan, and planning is most of the cost.
        connection.execute("PRAGMA disable_optimizer")
        attach_shard(connection, sources, household_ids=[household_id])
        rows = rows_attached(connection, compiled, OUTLETS)
        rows |= asides_attached(connection, compiled)
        if rulebook.law.budget is not None:
            found = connection.execute(_PLACE, {"month": compiled.month.number}).fetchall()
            rows["waiting"] = tuple({"place": row[0]} for row in found)
    if not rows["household"]:
        raise UnknownHousehold(
            f"Household {household_id} is not in this shard: at the cut-off of {compiled.month} it "
            f"was neither enrolled in {compiled.programme} nor applying."
        )
    telling = Telling(rulebook, compiled, texts, names or {}, rows, wording or PlainWording())
    return Explanation(
        household_id=household_id,
        programme=compiled.programme,
        month=compiled.month,
        household=rows["household"][0],
        lines=rows["line"],
        verdicts=rows["verdict"],
        states=rows["state"],
        decided=rows["explain"][0],
        workings=workings(telling),
        parameters=compiled.parameters_read,
        sentences=telling.sentences(),
        telling=telling,
    )
