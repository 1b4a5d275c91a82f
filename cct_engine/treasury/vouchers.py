"""Vouchers: one officer prepares, a second one confirms, and then it stands in the books.

The batches of a voucher have the keys ``voucher/<number>/<event>``; their lines have the voucher's
number as seq, so that two vouchers never stand in each other's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

import ledger
from cct_engine.people import Permission, Refused, Role, accountable, authorise
from cct_engine.treasury.acts import ACTS, CORRECT, YEAR_END
from cct_engine.treasury.posting import lapsing, post_voucher

if TYPE_CHECKING:
    from datetime import date, datetime

    from cct_engine.database import Database

__all__ = [
    "Proposal",
    "TreasuryError",
    "Voucher",
    "confirm",
    "currency_of",
    "propose",
    "vouchers",
    "withdraw",
]

_PROPOSE: Final = Permission("voucher.propose", frozenset({Role.MAKER, Role.CASE_WORKER}))
_CONFIRM: Final = Permission("voucher.confirm", frozenset({Role.CHECKER}), ("prepared",))
_WITHDRAW: Final = Permission("voucher.withdraw", frozenset({Role.MAKER, Role.CHECKER}))
_LOCK: Final = 0x63_63_74_76_6F_75  # "cctvou": one number at a time

_ONE = sa.text("""
    SELECT v.*, p.code AS programme, f.code AS fund
    FROM treasury.voucher v
    JOIN registry.programme p USING (programme_id) JOIN registry.fund f USING (fund_id)
    WHERE v.voucher_id = :voucher_id FOR UPDATE OF v
""")
_ALL = sa.text("""
    SELECT v.*, p.code AS programme, f.code AS fund
    FROM treasury.voucher v
    JOIN registry.programme p USING (programme_id) JOIN registry.fund f USING (fund_id)
    WHERE CAST(:state AS text) IS NULL OR v.state = :state
    ORDER BY v.voucher_id
""")
_INSERT = sa.text("""
    INSERT INTO treasury.voucher (voucher_id, act, programme_id, fund_id, cycle_id, currency,
        value_on, conduit, subject_id, reference, amount_minor, reverses, document, reason, state,
        proposed_by, proposed_at)
    SELECT coalesce(max(voucher_id), 0) + 1, :act, :programme_id, :fund_id, :cycle_id, :currency,
        :value_on, :conduit, :subject_id, :reference, :amount_minor, :reverses, :document, :reason,
        'proposed', :by, :at
    FROM treasury.voucher
    RETURNING voucher_id
""")
_DECIDE = sa.text("""
    UPDATE treasury.voucher SET state = :state, decided_by = :by, decided_at = :at
    WHERE voucher_id = :voucher_id AND state = 'proposed'
""")
_PAYER = sa.text("""
    SELECT p.programme_id, f.fund_id, f.currency
    FROM registry.programme p JOIN registry.programme_fund USING (programme_id)
    JOIN registry.fund f USING (fund_id)
    WHERE p.code = :programme AND f.code = :fund
""")
_CORRECTED = sa.text("""
    SELECT b.*, s.total_minor FROM ledger.batch b JOIN ledger.seal s USING (batch_id)
    WHERE b.batch_id = :batch_id
""")


class TreasuryError(Exception):
    """A voucher that its rules refuse. The text says what to do instead."""

    rule = "voucher"


class Proposal(NamedTuple):
    """What an officer wants in the books.

    ``amount_minor``: None where the books say it (a year end, a correction). ``document``: the
    warrant, bank reference or decision it rests on; one document is acted on once per act and fund.
    ``household`` 0 and ``cycle`` None: of neither. ``batch_id``: what a correction mirrors.
    """

    act: str
    programme: str
    fund: str
    value_on: date
    document: str
    reason: str
    amount_minor: int | None = None
    household: int = 0
    case: int = 0
    cycle: str | None = None
    conduit: str | None = None
    batch_id: int | None = None


class Voucher(NamedTuple):
    """A voucher as it stands."""

    voucher_id: int
    act: str
    programme: str
    programme_id: int
    fund: str
    fund_id: int
    cycle_id: int
    currency: str
    value_on: date
    conduit: str | None
    subject_id: int
    reference: int
    amount_minor: int
    reverses: int | None
    document: str
    reason: str
    state: str
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None
    decided_at: datetime | None


def propose(database: Database, proposal: Proposal, *, by: int, at: datetime) -> Voucher:
    """Prepare a voucher; nothing is posted yet. Raises ``Refused`` or ``TreasuryError``."""
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_PROPOSE.verb,
        subject=f"fund/{proposal.fund}",
        refusals=(Refused, TreasuryError),
    ) as deed:
        connection = deed.connection
        authorise(connection, _PROPOSE, officer_id=by, at=at, programme=proposal.programme)
        _refuse_misfit(proposal)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        values = _values(connection, proposal) | {"by": by, "at": at}
        _refuse_repeat(connection, values)
        voucher_id = connection.execute(_INSERT, values).scalar_one()
        voucher = _locked(connection, voucher_id)
        deed.detail |= {"voucher": voucher_id, "act": voucher.act, "amount": voucher.amount_minor}
    return voucher


def confirm(
    database: Database, voucher_id: int, *, by: int, at: datetime
) -> tuple[Voucher, tuple[ledger.Seal, ...]]:
    """Confirm another officer's voucher and post it, both or neither.

    Raises ``Refused``, ``TreasuryError``, or the ``ledger.LedgerError`` that the books gave.
    """
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_CONFIRM.verb,
        subject=f"voucher/{voucher_id}",
        refusals=(Refused, TreasuryError, ledger.LedgerError),
    ) as deed:
        connection = deed.connection
        voucher = _locked(connection, voucher_id)
        authorise(
            connection,
            _CONFIRM,
            officer_id=by,
            at=at,
            programme=voucher.programme,
            earlier={"prepared": [voucher.proposed_by]},
        )
        _refuse_changed(connection, voucher)
        _decide(connection, voucher, state="posted", by=by, at=at)
        seals = post_voucher(connection, voucher, approved_by=by, at=at)
        deed.detail |= {"act": voucher.act, "amount": voucher.amount_minor}
        posted = _locked(connection, voucher_id)
    return posted, seals


def withdraw(database: Database, voucher_id: int, *, by: int, at: datetime) -> Voucher:
    """Take a voucher back, or refuse to confirm it; its document is free for another one."""
    with accountable(
        database,
        at=at,
        officer_id=by,
        verb=_WITHDRAW.verb,
        subject=f"voucher/{voucher_id}",
        refusals=(Refused, TreasuryError),
    ) as deed:
        voucher = _locked(deed.connection, voucher_id)
        authorise(deed.connection, _WITHDRAW, officer_id=by, at=at, programme=voucher.programme)
        _decide(deed.connection, voucher, state="withdrawn", by=by, at=at)
        return _locked(deed.connection, voucher_id)


def currency_of(database: Database, fund: str) -> str:
    """Return the one currency of a fund. Raises ``TreasuryError`` for a fund there is not."""
    query = sa.text("SELECT currency FROM registry.fund WHERE code = :fund")
    with database.transaction() as connection:
        currency: str | None = connection.execute(query, {"fund": fund}).scalar()
    if currency is None:
        raise TreasuryError(f"There is no fund {fund!r}.")
    return currency


def vouchers(connection: sa.Connection, *, state: str | None = None) -> tuple[Voucher, ...]:
    """Return the vouchers, the first one first; of one state (proposed, posted, withdrawn)."""
    rows = connection.execute(_ALL, {"state": state}).mappings()
    return tuple(_voucher(row) for row in rows)


def _locked(connection: sa.Connection, voucher_id: int) -> Voucher:
    row = connection.execute(_ONE, {"voucher_id": voucher_id}).mappings().one_or_none()
    if row is None:
        raise TreasuryError(f"There is no voucher {voucher_id}.")
    return _voucher(row)


def _voucher(row: sa.RowMapping) -> Voucher:
    return Voucher(**{name: row[name] for name in Voucher._fields})


def _decide(
    connection: sa.Connection, voucher: Voucher, *, state: str, by: int, at: datetime
) -> None:
    values = {"state": state, "by": by, "at": at, "voucher_id": voucher.voucher_id}
    if connection.execute(_DECIDE, values).rowcount != 1:
        raise TreasuryError(
            f"Voucher {voucher.voucher_id} is {voucher.state} already; a voucher is decided once."
        )


def _refuse_misfit(proposal: Proposal) -> None:
    act = ACTS.get(proposal.act)
    if act is None:
        raise TreasuryError(f"No act is called {proposal.act!r}; there are {', '.join(ACTS)}.")
    needs = {
        "a household": (act.household, proposal.household != 0),
        "a cycle": (act.of_cycle, proposal.cycle is not None),
        "a batch": (proposal.act == CORRECT, proposal.batch_id is not None),
        "an amount": (
            proposal.act not in {CORRECT, YEAR_END},
            proposal.amount_minor is not None,
        ),
    }
    for what, (needed, given) in needs.items():
        if needed != given:
            raise TreasuryError(
                f"A voucher '{proposal.act}' {'needs' if needed else 'has nothing to do with'} "
                f"{what}: {act.text} Nothing was proposed."
            )
    if proposal.amount_minor is not None and proposal.amount_minor <= 0:
        raise TreasuryError(
            f"An amount is positive, this is {proposal.amount_minor}. To take money back, use the "
            "act that does so, or correct the batch."
        )


def _values(connection: sa.Connection, proposal: Proposal) -> dict[str, object]:
    payer = connection.execute(
        _PAYER, {"programme": proposal.programme, "fund": proposal.fund}
    ).one_or_none()
    if payer is None:
        raise TreasuryError(
            f"{proposal.fund} is no fund of the programme {proposal.programme}. 'cct ledger "
            "balance' shows funds by number, the registry by code."
        )
    values: dict[str, object] = {
        "act": proposal.act,
        "programme_id": payer.programme_id,
        "fund_id": payer.fund_id,
        "cycle_id": _cycle_id(connection, proposal),
        "currency": payer.currency,
        "value_on": proposal.value_on,
        "conduit": proposal.conduit,
        "subject_id": proposal.household,
        "reference": proposal.case,
        "amount_minor": proposal.amount_minor,
        "reverses": None,
        "document": proposal.document,
        "reason": proposal.reason,
    }
    if proposal.act == YEAR_END:
        values["amount_minor"] = sum(amount for _, amount in lapsing(connection, payer.fund_id))
        if values["amount_minor"] == 0:
            raise TreasuryError(f"Nothing is left in {proposal.fund}: there is nothing to lapse.")
    if proposal.act == CORRECT:
        values |= _corrected(connection, proposal, payer.fund_id)
    return values


def _cycle_id(connection: sa.Connection, proposal: Proposal) -> int:
    if proposal.cycle is None:
        return 0
    found = connection.execute(
        sa.text(
            "SELECT c.cycle_id FROM cycle.cycle c JOIN registry.programme p USING (programme_id)"
            " JOIN registry.fund f USING (fund_id)"
            " WHERE c.code = :cycle AND p.code = :programme AND f.code = :fund"
        ),
        {"cycle": proposal.cycle, "programme": proposal.programme, "fund": proposal.fund},
    ).scalar()
    if found is None:
        raise TreasuryError(
            f"{proposal.fund} of {proposal.programme} paid no cycle {proposal.cycle!r}. 'cct cycle "
            "list' shows all cycles."
        )
    return int(found)


def _corrected(connection: sa.Connection, proposal: Proposal, fund_id: int) -> dict[str, object]:
    batch = connection.execute(_CORRECTED, {"batch_id": proposal.batch_id}).one_or_none()
    if batch is None or batch.fund_id != fund_id or batch.reverses is not None:
        raise TreasuryError(
            f"{proposal.fund} has no batch {proposal.batch_id} that could be corrected. A "
            "correction is not corrected: post anew what is right."
        )
    return {
        "cycle_id": batch.cycle_id,
        "conduit": batch.conduit,
        "amount_minor": batch.total_minor,
        "reverses": batch.batch_id,
    }


def _refuse_repeat(connection: sa.Connection, values: dict[str, object]) -> None:
    same = connection.execute(
        sa.text(
            "SELECT voucher_id FROM treasury.voucher WHERE act = :act AND fund_id = :fund_id"
            " AND document = :document AND state <> 'withdrawn'"
        ),
        values,
    ).scalar()
    if same is not None:
        raise TreasuryError(
            f"Voucher {same} acts on the document {values['document']!r} already: one document is "
            "acted on once. Withdraw that one, or name the document of this one."
        )


def _refuse_changed(connection: sa.Connection, voucher: Voucher) -> None:
    if voucher.act != YEAR_END or voucher.state != "proposed":
        return
    left = sum(amount for _, amount in lapsing(connection, voucher.fund_id))
    if left != voucher.amount_minor:
        raise TreasuryError(
            f"Voucher {voucher.voucher_id} was to let {voucher.amount_minor} minor units lapse, "
            f"and {left} are left now. Withdraw it and propose the year end anew."
        )
