"""The cases of the payment rails, each played through the engine's own steps and answered by it.

A case plays on an office of its own and returns what came out under the words of the cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

import ledger
import reconciliation
from bank_adapters import Action
from cct_engine.cycle.checks.policy import policy
from cct_engine.rulebook import Month, Rulebook, programme
from cct_engine.rulebook.scenarios import Scenario, ScenarioFile, run
from cct_engine.trials import bank

if TYPE_CHECKING:
    from collections.abc import Callable

    from cct_engine.rulebook.reading import Tree
    from cct_engine.rulebook.scenarios.scenario import Entry
    from cct_engine.trials.office import Trial

__all__ = ["CASES"]

_Found = dict[str, Any]
_WHO: Final = {1010: "bank", 2120: "returned_payments_payable"}
_STATES: Final = {"settled": "credited"}


def _sent(trial: Trial, count: int) -> list[bank.Payment]:
    """Send one payment to each of so many families, and let the bank debit our account for them."""
    trial.found(count)
    trial.released()
    sent = bank.payments(trial)
    bank.hear(trial, "debit", "camt.053.001.08", bank.paid_out(sent[0]))
    return sent


def _returned(trial: Trial, payment: bank.Payment, code: str) -> None:
    bank.hear(trial, "return", "camt.053.001.08", bank.credited_back(payment, code))


def _may_go_again(trial: Trial, *, account_id: int) -> bool:
    with trial.office.database.transaction() as connection:
        payee = connection.execute(reconciliation.failed()).one().payee_id
        accounts = sa.values(
            sa.column("payee_id", sa.BigInteger), sa.column("account_id", sa.BigInteger), name="a"
        ).data([(payee, account_id)])
        return bool(connection.execute(reconciliation.reissuable(accounts)).all())


def _a_return(trial: Trial, case: Scenario) -> _Found:
    (payment,) = _sent(trial, 1)
    _returned(trial, payment, _code(case.given["response"]))
    with trial.office.database.transaction() as connection:
        last = ledger.statement(connection, payment.household_id)[-1]
        waiting = -ledger.balance(connection, 2120, fund_id=1, subject=payment.household_id)
    same = _may_go_again(trial, account_id=payment.account_id)
    other = _may_go_again(trial, account_id=payment.account_id + 1)
    (now,) = bank.payments(trial)
    return {
        "instruction_status": now.state,
        "entitlement_status": "payable_returned" if waiting == payment.amount_minor else "paid",
        "ledger": [
            {
                "debit": _WHO.get(last.debit, str(last.debit)),
                "credit": _WHO.get(last.credit, str(last.credit)),
                "amount": last.amount_minor // 100,
            }
        ],
        "next_cycle_to_same_account": "sent" if same else "blocked",
        "unblocked_by": "account_corrected" if other else "nothing",
    }


def _code(response: Any) -> str:
    return str(response["code"]) if isinstance(response, dict) else ""


def _a_reissue(trial: Trial, case: Scenario) -> _Found:
    told = case.given["instructions"]
    first = told[0] if isinstance(told, list) else {}
    (payment,) = _sent(trial, 1)
    _returned(trial, payment, _code(first["response"] if isinstance(first, dict) else None))
    trial.new_account(0, "1234/567899-1")
    trial.released(later=True)
    again = next(p for p in bank.payments(trial) if p.attempt > 1)
    bank.hear(trial, "again", "camt.053.001.08", bank.paid_out(again))
    sent = [p for p in bank.payments(trial) if p.end_to_end_id == payment.end_to_end_id]
    lines: dict[int, set[tuple[int, ...]]] = {p.attempt: set() for p in sent}
    for attempt, *line in trial.rows(
        "SELECT i.attempt, p.cycle_id, p.household_id, p.line_seq FROM cycle.instruction_part p"
        " JOIN cycle.instruction i USING (instruction_id) WHERE i.end_to_end_id = :reference",
        reference=payment.end_to_end_id,
    ):
        lines[attempt].add(tuple(line))
    return {
        "paid_total": sum(p.amount_minor for p in sent if p.state == "settled") // 100,
        "instructions": {f"I{p.attempt}": _STATES.get(p.state, p.state) for p in sent},
        "same_entitlement": len(sent) > 1 and all(mine == lines[1] for mine in lines.values()),
    }


def _a_death(trial: Trial, case: Scenario) -> _Found:
    (payment,) = _sent(trial, 1)
    _returned(trial, payment, _code(case.given["response"]))
    with trial.office.database.transaction() as connection:
        failed = connection.execute(reconciliation.failed()).one()
    code = trial.checked(later=True)
    told = [one for one in trial.findings(code) if one.code == "PAYEE_DEATH_TOLD"]
    held = trial.rows(
        "SELECT bool_and(money_state = 'held') FROM cycle.entitlement_line l JOIN cycle.cycle c"
        " USING (cycle_id) WHERE c.code = :code AND l.amount_minor > 0",
        code=code,
    )[0][0]
    suspected = failed.action == Action.STOP_DECEASED
    check = policy("bolsa_familia", "BRL")["PAYEE_DEATH_TOLD"]
    return {
        "beneficiary_status": "suspected_deceased" if suspected else "alive",
        "future_payments": "stopped" if held and told else "sent",
        "tasks": list(check.tasks) if told else [],
    }


def _a_file_twice(trial: Trial, case: Scenario) -> _Found:
    trial.found(1)
    trial.released()
    (payment,) = bank.payments(trial)
    debit = bank.paid_out(payment)
    bank.hear(trial, "debit", "camt.053.001.08", debit)
    times = int(str(case.given["response_file_loads"])) - 1
    added = sum(bank.hear(trial, "debit", "camt.053.001.08", debit) for _ in range(times))
    return {"ledger_entries_added_second_time": added}


def _a_batch(trial: Trial, case: Scenario) -> _Found:
    """Five payments: some debited one by one, one refused, one without an answer."""
    batch, ack = case.given["batch"], case.given["ack"]
    if not (isinstance(batch, dict) and isinstance(ack, dict)):
        return {}
    trial.found(int(str(batch["count"])))
    trial.released()
    sent = bank.payments(trial)
    paid, refused = int(str(ack["accepted"])), int(str(ack["rejected"]))
    bank.hear(
        trial,
        "status",
        "pain.002.001.10",
        *(bank.rejected(payment) for payment in sent[paid : paid + refused]),
    )
    bank.hear(trial, "debits", "camt.054.001.08", *(bank.advised(p) for p in sent[:paid]))
    with trial.office.database.transaction() as connection:
        proof = reconciliation.proof(connection, 1)
    by_state = {total.state: total.amount_minor // 100 for total in proof.states}
    return {
        "reconciled": proof.ties,
        "open_items": sum(blocker.count for blocker in proof.blockers),
        "open_amount": sum(blocker.amount_minor for blocker in proof.blockers) // 100,
        "equation": {
            "sent": sum(by_state.values()),
            "accepted": by_state.get("settled", 0),
            "rejected": by_state.get("rejected", 0),
            "returned": by_state.get("returned", 0),
            "pending": by_state.get("sent", 0),
        },
    }


def _another_account(trial: Trial, case: Scenario) -> _Found:
    """The bank debits us for a payment, and names an account that is not the payee's."""
    trial.found(1)
    trial.released()
    (payment,) = bank.payments(trial)
    credited = "9999/000001-1" if case.given["account_differs"] else "1234/567890-1"
    bank.hear(trial, "advice", "camt.054.001.08", bank.advised(payment, credited=credited))
    with trial.office.database.transaction() as connection:
        notices = reconciliation.payee_notices(connection)
    told = {one.instruction_id for one in notices if one.kind == "another_account"}
    settled = {p.instruction_id for p in bank.payments(trial) if p.state == "settled"}
    return {
        "alert": "credited_to_another_account" if told else "",
        "exclude_from_paid_kpi": bool(settled) and not settled - told,
    }


def _a_month_of_death(trial: Trial, case: Scenario) -> _Found:
    """A pension is of one person: the month of death is due to whoever receives after her."""
    del trial
    law = programme("delhi_pension")
    if (law.law.conventions.month_of_death == "due") is not case.given["month_of_death_due"]:
        return {}
    found: _Found = {}
    months = case.given["entitlement_months"]
    for text in months if isinstance(months, list) else []:
        month = Month.parse(str(text))
        paid = _pension(law, case, str(month), payee="heir", amount=2000)
        nothing = _pension(law, case, str(month), payee=None, amount=0)
        found[str(month)] = "due_to_alternate_payee" if paid else "not_due" if nothing else "due"
    return {"entitlements": found}


def _pension(law: Rulebook, case: Scenario, month: str, *, payee: str | None, amount: int) -> bool:
    """Return whether the law gives this amount for this month, to this payee."""
    pensioner: Entry = {"id": "dead", "age": 66, "sex": "F", "died": case.given["death_date"]}
    members: list[Tree] = [pensioner, {"id": "heir", "age": 30, "sex": "M"}]
    expect: _Found = {"components": {"OAP": amount}, "pay_now": amount}
    if payee is not None:
        expect["payee"] = payee
    asked = Scenario(
        id=case.id,
        name=case.name,
        kind="benefit",
        household={"members": members},
        given={},
        cycle=month,
        expect=expect,
        exact=True,
    )
    (result,) = run(law, ScenarioFile(law.programme, (asked,)), (asked,))
    return result.passed


def _a_double_identity(trial: Trial, case: Scenario) -> _Found:
    names = case.given["national_id_in_households"]
    count = len(names) if isinstance(names, list) else 0
    trial.share_identity_of = tuple(range(count))
    trial.found(count)
    code = trial.checked()
    found = {one.household_id for one in trial.findings(code) if "TWO_HOUSEHOLDS" in one.code}
    states = dict(
        trial.rows(
            "SELECT household_id, string_agg(DISTINCT money_state, '+')"
            " FROM cycle.entitlement_line WHERE amount_minor > 0 GROUP BY 1"
        )
    )
    paid = trial.rows("SELECT sum(pay_now_minor) FROM cycle.household_result")[0][0]
    return {
        "households": {
            f"H{n}": "held_for_review" if states[n] == "held" and n in found else states[n]
            for n in range(1, count + 1)
        },
        "pay_now": int(paid) // 100,
        "alert": "duplicate_identity" if len(found) == count else "",
    }


CASES: Final[dict[str, Callable[[Trial, Scenario], _Found]]] = {
    "RL-01": _a_return,
    "RL-02": _a_reissue,
    "RL-03": _a_death,
    "RL-04": _a_file_twice,
    "RL-06": _a_batch,
    "RL-07": _another_account,
    "RL-08": _a_month_of_death,
    "RL-09": _a_double_identity,
}
