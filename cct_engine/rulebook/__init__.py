"""The law of a programme as data: read strictly, checked, compiled to one statement, explained.

Knows no registry, no cycle and no ledger: it says which tables it reads (``sources``) and what it
gives out (``OUTLETS``); who fills and stores them is somebody else's work.
"""

from cct_engine.rulebook.bounds import Bound
from cct_engine.rulebook.calendar import (
    PayCalendar,
    pay_calendar,
    stale_after,
    unclaimed_rule,
    warned_from,
)
from cct_engine.rulebook.checking import (
    check,
    explain_beside,
    run_beside,
    run_cases,
    run_scenarios,
    unsure,
)
from cct_engine.rulebook.compiler import (
    OUTLETS,
    QUEUE,
    WAITING_LIST,
    Compiled,
    NotCompiled,
    NotInForce,
    ParameterRead,
    Unwritable,
    compile_cycle,
)
from cct_engine.rulebook.compiler.plan import named_in
from cct_engine.rulebook.drafting import draft
from cct_engine.rulebook.evidence_read import evidence_read
from cct_engine.rulebook.explaining import Explanation, UnknownHousehold, explain
from cct_engine.rulebook.loading import check_text, load, parse, programme, programmes, versions
from cct_engine.rulebook.months import Month, day_number
from cct_engine.rulebook.problems import Place, Problem, RefusedRulebook
from cct_engine.rulebook.queue import Queue, Waiting, queue, waiting_events
from cct_engine.rulebook.rulebook import Rulebook
from cct_engine.rulebook.scenarios import (
    Scenario,
    ScenarioFile,
    ScenarioResult,
    UnreadableScenario,
)
from cct_engine.rulebook.sentences import Telling, tell
from cct_engine.rulebook.shards import calculate_shard, connect
from cct_engine.rulebook.sources import shard_schemas
from cct_engine.rulebook.texts import Texts, family_texts, programme_texts, read_texts
from cct_engine.rulebook.wording import LANGUAGES, LocalWording, PlainWording

__all__ = [
    "LANGUAGES",
    "OUTLETS",
    "QUEUE",
    "WAITING_LIST",
    "Bound",
    "Compiled",
    "Explanation",
    "LocalWording",
    "Month",
    "NotCompiled",
    "NotInForce",
    "ParameterRead",
    "PayCalendar",
    "Place",
    "PlainWording",
    "Problem",
    "Queue",
    "RefusedRulebook",
    "Rulebook",
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "Telling",
    "Texts",
    "UnknownHousehold",
    "UnreadableScenario",
    "Unwritable",
    "Waiting",
    "calculate_shard",
    "check",
    "check_text",
    "compile_cycle",
    "connect",
    "day_number",
    "draft",
    "evidence_read",
    "explain",
    "explain_beside",
    "family_texts",
    "load",
    "named_in",
    "parse",
    "pay_calendar",
    "programme",
    "programme_texts",
    "programmes",
    "queue",
    "read_texts",
    "run_beside",
    "run_cases",
    "run_scenarios",
    "shard_schemas",
    "stale_after",
    "tell",
    "unclaimed_rule",
    "unsure",
    "versions",
    "waiting_events",
    "warned_from",
]
