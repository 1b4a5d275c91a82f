"""Each audit finding planted in the books of a demo, the way only a superuser could.

A plant is one statement, or a posting; it says what the evidence must name. Families are taken by
their place among those paid in the last month, each for one plant only.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ledger
from ledger import Batch, Event, Lines

if TYPE_CHECKING:
    import psycopg
    from demo_plays import Books

LAST: Final = "bolsa_familia-2026-11"
MONTH: Final = 2026 * 12 + 10


class Plant(NamedTuple):
    """``sql`` with ``%(…)s`` of the family: household, payee, payment (instruction), cycle, other.

    ``names`` is the column of the evidence that must hold what was planted, and which of the
    family's values that is.
    """

    sql: str
    names: tuple[str, str] = ("instruction_id", "payment")


_FACTS = "source_id, collected_on, basis, act_id"
_KNOWN = f"known_from, {_FACTS}"
_BY = "'2026-01-01', 1, '2026-01-01', 'declared', 1"

_REPORTED: Final = """
    FROM compliance.fact f JOIN registry.membership m ON m.person_id = f.subject_id
         AND m.known_to = 'infinity' AND m.status = 'counted'
    JOIN cycle.household_result r ON r.household_id = m.household_id AND r.cycle_id = 1
    WHERE f.window_start = '2026-06-01'
"""

PLANTS: Final = {
    "registration_out_of_date": Plant(
        "UPDATE registry.household_profile SET updated_on = '2020-01-01'"
        " WHERE household_id = %(household)s",
        ("household_id", "household"),
    ),
    "identity_refuted": Plant(
        "UPDATE identity.person_identifier SET status = 'refuted' WHERE person_id = %(payee)s",
        ("payee_id", "payee"),
    ),
    "paid_while_stopped": Plant(
        "INSERT INTO cycle.effect_state (cycle_id, programme_id, household_id, ladder,"
        f" cycle_month, state, last_effect_month) VALUES (%(cycle)s, 1, %(household)s, 'family',"
        f" {MONTH}, 'blocked', {MONTH})",
        ("household_id", "household"),
    ),
    "paid_after_death": Plant(
        f"INSERT INTO registry.death_report (report_id, person_id, died_on, register_ref, state,"
        f" {_KNOWN}) VALUES (999, %(payee)s, '2026-05-02', 'R-1', 'confirmed', {_BY})",
    ),
    "account_shared": Plant(
        "UPDATE cycle.instruction SET account_token = (SELECT account_token FROM cycle.instruction"
        " WHERE instruction_id = %(other_payment)s) WHERE instruction_id = %(payment)s",
    ),
    "identity_paid_twice": Plant(
        "INSERT INTO identity.person_identifier (person_id, scheme, token, last4, status,"
        f" valid_from, {_KNOWN}) SELECT %(payee)s, scheme, token, last4, 'claimed', '2026-01-01',"
        f" {_BY} FROM identity.person_identifier WHERE person_id = %(other_payee)s LIMIT 1",
        ("household_id", "household"),
    ),
    "open_payments": Plant(
        "SELECT cycle.open_month('2026-09-09'); UPDATE cycle.instruction SET state = 'sent',"
        " value_on = '2026-09-09' WHERE instruction_id = %(payment)s",
    ),
    "returned_not_reissued": Plant(
        "SELECT cycle.open_month('2026-06-09'); UPDATE cycle.instruction SET state = 'returned',"
        " value_on = '2026-06-09' WHERE instruction_id = %(payment)s",
    ),
    "due_but_unpaid": Plant(
        "DELETE FROM cycle.instruction_part WHERE household_id = %(household)s",
        ("household_id", "household"),
    ),
    "held_without_review": Plant(
        "INSERT INTO cycle.hold (hold_id, cycle_id, household_id, reason_kind, from_period)"
        " VALUES (999, %(cycle)s, %(household)s, 'case', '2026-01-01')",
        ("household_id", "household"),
    ),
    "inputs_missing": Plant(
        "UPDATE registry.person_vitals SET sex = NULL WHERE person_id = %(payee)s",
        ("person_id", "payee"),
    ),
    "paid_without_compliance": Plant(
        "DELETE FROM cycle.effect_state WHERE household_id = %(warned)s AND cycle_id = 1;"
        "UPDATE cycle.household_result SET pay_now_minor = pay_now_minor + held_minor,"
        " held_minor = 0 WHERE household_id = %(warned)s AND cycle_id = 1",
        ("household_id", "warned"),
    ),
    "contact_shared": Plant(
        "INSERT INTO identity.person_contact (person_id, kind, as_given, token, valid_from,"
        f" {_KNOWN}) SELECT payee_person_id, 'phone', 'a number', 'one token', '2026-01-01', {_BY}"
        " FROM cycle.household_result WHERE cycle_id = %(cycle)s AND pay_now_minor > 0"
        " ORDER BY household_id LIMIT 12",
        ("household_id", "first"),
    ),
    "settled_without_evidence": Plant(
        "UPDATE cycle.instruction SET state = 'settled' WHERE instruction_id = %(refused)s",
        ("instruction_id", "refused"),
    ),
    "household_paid_twice": Plant(
        "INSERT INTO cycle.entitlement_line (cycle_id, household_id, line_seq, source, component,"
        " person_id, pregnancy_id, for_period, enrolment_id, fund_id, money_state, amount_minor,"
        " reason_code) SELECT 3, household_id, 99, source, component, person_id, pregnancy_id,"
        " for_period, enrolment_id, fund_id, money_state, amount_minor, '' FROM"
        " cycle.entitlement_line WHERE cycle_id = %(cycle)s AND household_id = %(household)s"
        " AND money_state = 'payable' AND amount_minor > 0 ORDER BY line_seq LIMIT 1",
        ("household_id", "household"),
    ),
    "unknown_facility": Plant(
        "UPDATE compliance.fact SET facility_id = 424242 WHERE subject_id = (SELECT"
        " min(subject_id) FROM compliance.fact)",
        ("facility_id", "facility"),
    ),
    "predicate_violated": Plant(
        "UPDATE cycle.entitlement_line SET pregnancy_id = 777 WHERE cycle_id = %(cycle)s"
        " AND household_id = %(household)s AND money_state = 'payable' AND amount_minor > 0"
        " AND line_seq = 1",
        ("household_id", "household"),
    ),
    "payments_outside_a_batch": Plant(
        "UPDATE cycle.instruction SET file_id = NULL WHERE instruction_id = %(payment)s",
    ),
    "births_too_close": Plant(
        "INSERT INTO registry.pregnancy (pregnancy_id, person_id, registered_on, delivery_on,"
        f" valid_from, {_KNOWN}) VALUES (901, %(payee)s, '2026-01-01', '2026-02-01', '2026-01-01',"
        f" {_BY}), (902, %(payee)s, '2026-01-01', '2026-03-01', '2026-01-01', {_BY})",
        ("person_id", "payee"),
    ),
    "acted_in_an_emergency": Plant(
        "INSERT INTO people.act (act_id, at, officer_id, verb, subject, outcome, detail, previous,"
        " digest) SELECT max(act_id) + 1, '2026-11-03 09:00Z', 3, 'role.break_glass', 'officer/5',"
        " 'done', jsonb_build_object('role', 'checker', 'programme', 'bolsa_familia', 'hours', 2,"
        " 'reason', 'planted'), 'planted 1', 'planted 2' FROM people.act;"
        "INSERT INTO people.act (act_id, at, officer_id, verb, subject, outcome, detail, previous,"
        " digest) SELECT max(act_id) + 1, '2026-11-03 10:00Z', 5, 'cycle.approve',"
        f" 'cycle/{LAST}', 'done', '{{}}', 'planted 2', 'planted 3' FROM people.act",
        ("cycle", "last_cycle"),
    ),
    "released_before_reconciled": Plant(
        "UPDATE cycle.cycle SET released_at = (SELECT released_at + interval '1 day' FROM"
        " cycle.cycle WHERE cycle_id = 1) WHERE code = 'bolsa_familia-2026-10'",
        ("earlier_cycle", "first_cycle"),
    ),
    "enrolled_but_left_out": Plant(
        "DELETE FROM cycle.household_result WHERE cycle_id = %(cycle)s"
        " AND household_id = %(household)s",
        ("household_id", "household"),
    ),
    "amounts_too_small": Plant(
        "UPDATE cycle.instruction SET amount_minor = 1 WHERE instruction_id = %(payment)s",
    ),
    "recompute_and_compare": Plant(
        "UPDATE cycle.entitlement_line SET amount_minor = amount_minor + 1 WHERE cycle_id ="
        " %(cycle)s AND household_id = %(household)s AND source = 'due' AND line_seq = 1",
        ("household_id", "household"),
    ),
    "paid_to_another_account": Plant(
        "UPDATE cycle.instruction SET account_token = 'another' WHERE instruction_id = %(payment)s",
    ),
    "returned_without_cause": Plant(
        "UPDATE cycle.instruction SET state = 'returned' WHERE instruction_id = %(payment)s",
    ),
    "bank_debits_without_batch": Plant(
        "INSERT INTO recon.entry (entry_id, inbox_file_id, position, kind, account, reference,"
        " direction, currency, amount_minor, item, occurrence, reversal, booked_on, fund_id,"
        " cycle_id) VALUES (999, 1, 999, 'ENTRY', 'x', 'POSTERS', 'DBIT', 'BRL', 77700, '', 1,"
        " false, '2026-11-01', 1, 0)",
        ("entry_id", "entry"),
    ),
    "suspense_by_age": Plant(
        "INSERT INTO recon.suspense_item (item_id, inbox_file_id, position, reason, owner_role,"
        " account, reference, direction, currency, amount_minor, booked, programme_id, fund_id,"
        " cycle_id, opened_on, opened_at) VALUES (999, 1, 998, 'unknown_reference', 'maker', 'x',"
        " 'y', 'CRDT', 'BRL', 5500, false, 1, 1, 0, '2026-03-01', '2026-03-01')",
        ("item_id", "entry"),
    ),
    "inputs_as_known": Plant(
        "UPDATE compliance.fact SET numerator = numerator + 1 WHERE subject_id = %(pupil)s",
        ("household_id", "reported"),
    ),
    "records_are_whole": Plant(
        "UPDATE people.act SET officer_id = 2 WHERE act_id = 5", ("place", "act")
    ),
}
POSTED: Final = {
    "receivables_by_age": ("household_id", 990_001),
    "unclaimed_balances": ("household_id", 990_002),
    "surrender_due": ("fund_id", 1),
}
"""What is planted by posting it: old, and never moved since."""


def plant_all(books: Books) -> dict[str, tuple[str, str]]:
    """Plant everything; return what each control's evidence must name, column and value."""
    expected = {code: (column, str(value)) for code, (column, value) in POSTED.items()}
    _post(books)
    with books.tampering() as connection:
        families = _families(connection)
        shared = _shared(connection)
        for code, plant in PLANTS.items():
            family = next(families) | shared
            connection.execute(plant.sql % _quoted(family))  # several statements: no binding
            column, value = plant.names
            expected[code] = column, str(family[value])
    return expected


def _quoted(family: dict[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in family.items() if isinstance(value, int)}


def _families(connection: psycopg.Connection) -> Any:
    """Pairs of families paid in the last month, whose payee has a number that tells who it is."""
    rows = connection.execute(
        """SELECT DISTINCT ON (p.household_id) p.household_id, i.payee_id, i.instruction_id,
                  p.cycle_id
           FROM cycle.instruction_part p JOIN cycle.instruction i USING (instruction_id)
           JOIN cycle.cycle c USING (cycle_id)
           WHERE c.code = %s AND i.state = 'settled' AND i.attempt = 1
             AND EXISTS (SELECT FROM identity.person_identifier d WHERE d.person_id = i.payee_id)
             AND NOT EXISTS (SELECT FROM cycle.effect_state e WHERE e.household_id = p.household_id
                             AND e.ladder = 'family')
           ORDER BY p.household_id, i.instruction_id""",
        [LAST],
    ).fetchall()
    assert len(rows) >= 2 * len(PLANTS)
    for one, other in zip(rows[::2], rows[1::2], strict=False):
        yield {
            **dict(zip(("household", "payee", "payment", "cycle"), one, strict=True)),
            **dict(zip(("other", "other_payee", "other_payment"), other, strict=False)),
        }


def _shared(connection: psycopg.Connection) -> dict[str, Any]:
    def one(sql: str) -> Any:
        found = connection.execute(sql).fetchone()
        assert found
        return found[0]

    return {
        "warned": one(
            "SELECT household_id FROM cycle.effect_state WHERE cycle_id = 1 AND breach = 1"
        ),
        "refused": one("SELECT instruction_id FROM cycle.instruction WHERE state = 'rejected'"),
        "first": one(
            "SELECT min(household_id) FROM cycle.household_result r JOIN cycle.cycle c"
            f" USING (cycle_id) WHERE c.code = '{LAST}' AND pay_now_minor > 0"
        ),
        "facility": 424242,
        "pupil": one(f"SELECT max(f.subject_id) {_REPORTED}"),
        "reported": one(f"SELECT m.household_id {_REPORTED} ORDER BY f.subject_id DESC LIMIT 1"),
        "entry": 999,
        "first_cycle": "bolsa_familia-2026-09",
        "last_cycle": LAST,
        "act": "act 5",
    }


def _post(books: Books) -> None:
    with books.opened() as database, database.transaction() as connection:
        for number, (event, subject, amount) in enumerate(
            (
                (Event.OVERPAYMENT, 990_001, 60_000),
                (Event.ENTITLE, 990_002, 50_000),
                (Event.ENTITLE, 990_003, 40_000),
                (Event.UNCLAIMED, 990_003, 40_000),
            )
        ):
            ledger.post(
                connection,
                Batch(
                    event=event,
                    programme_id=1,
                    fund_id=1,
                    cycle_id=0,
                    value_on=date(2026, 2, 1),
                    currency="BRL",
                    key=f"planted/{number}",
                    prepared_by=4,
                    approved_by=5,
                    recorded_at=datetime(2026, 11, 17, 7, tzinfo=UTC),
                ),
                Lines.of(subject=[subject], seq=[1], amount_minor=[amount], reference=[7]),
            )
