"""Large sums need more signatures before they are sent, and the database holds to it, too."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cct_engine.cycle import countersign, tiers
from cct_engine.cycle.record import Changed, CycleError
from cct_engine.cycle.release import release
from cct_engine.cycle.signing import approve, submit
from cct_engine.people import Refused

if TYPE_CHECKING:
    from cycle_office import Office


def _tier(office: Office, over_minor: int, signature_count: int, who: str = "admin") -> None:
    desk = office.desk(who)
    tiers.set_tier(
        desk.database,
        programme=str(office.value("SELECT code FROM registry.programme WHERE kind = 'own'")),
        over_minor=over_minor,
        signature_count=signature_count,
        at=desk.clock.now(),
        by=desk.officer_id,
    )


def _approved(office: Office, *, month: int = 1) -> str:
    """Return a cycle whose list of 1,200 minor units has its first signature."""
    lines = [office.line(1, 600), office.line(2, 600)]
    code = office.cycle(lines, period=date(2026, month, 1), state="checked")
    submit(office.desk("maker"), code)
    approve(office.desk("checker"), code, list_digest=_digest(office, code))
    return code


def _digest(office: Office, code: str) -> str:
    return str(office.value("SELECT list_digest FROM cycle.cycle WHERE code = :c", c=code))


def _sent_by_hand(office: Office, code: str, who: str = "releaser") -> None:
    office.run(
        "UPDATE cycle.cycle SET state = 'released', version = version + 1, released_by = :by,"
        " released_at = approved_at WHERE code = :code",
        code=code,
        by=office.officers[who],
    )


def test_a_sum_above_the_tier_is_not_sent_before_a_second_checker_has_signed(
    office: Office,
) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    with pytest.raises(CycleError, match="1 of the 2 signatures"):
        release(office.desk("releaser"), code)
    with pytest.raises(sa.exc.IntegrityError, match="1 of 2 signatures"):
        _sent_by_hand(office, code)
    digest = _digest(office, code)
    report = countersign(office.desk("second_checker"), code, list_digest=digest)
    assert (report.counts["signatures"], report.counts["needed"]) == (2, 2)
    assert office.state(code) == "approved"
    _sent_by_hand(office, code)
    assert office.state(code) == "released"


def test_a_sum_up_to_the_tier_needs_one_signature(office: Office) -> None:
    office.endow()
    _tier(office, 1_200, 2)
    code = _approved(office)
    with pytest.raises(CycleError, match="has the signatures"):
        countersign(office.desk("second_checker"), code, list_digest=_digest(office, code))
    _sent_by_hand(office, code)
    assert office.state(code) == "released"


def test_the_highest_tier_that_applies_counts(office: Office) -> None:
    office.endow()
    for over_minor, count in ((100, 2), (1_100, 3), (5_000, 4)):
        _tier(office, over_minor, count)
    code = _approved(office)
    desk = office.desk("checker")
    with desk.database.transaction() as connection:
        number = int(str(office.value("SELECT cycle_id FROM cycle.cycle")))
        assert tiers.signatures(connection, number).missing == 2
    countersign(office.desk("second_checker"), code, list_digest=_digest(office, code))
    with pytest.raises(CycleError, match="2 of the 3 signatures"):
        release(office.desk("releaser"), code)


def test_a_tier_taken_back_after_the_approval_frees_nothing(office: Office) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    _tier(office, 1_000, 1)
    with pytest.raises(sa.exc.IntegrityError, match="1 of 2 signatures"):
        _sent_by_hand(office, code)


def test_a_tier_decided_after_the_approval_holds_for_what_is_not_sent(office: Office) -> None:
    office.endow()
    code = _approved(office)
    _tier(office, 1_000, 2)
    with pytest.raises(CycleError, match="1 of the 2 signatures"):
        release(office.desk("releaser"), code)


@pytest.mark.parametrize("who", ["maker", "checker", "releaser"])
def test_nobody_with_a_hand_in_it_signs_further(office: Office, who: str) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    digest = _digest(office, code)
    with pytest.raises(Refused):
        countersign(office.desk(who), code, list_digest=digest)
    if who != "releaser":
        with pytest.raises(sa.exc.IntegrityError, match="own work"):
            office.run(
                "INSERT INTO cycle.countersignature SELECT cycle_id, list_digest, :by, now() "
                "FROM cycle.cycle",
                by=office.officers[who],
            )


def test_who_signed_further_does_not_send(office: Office) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    countersign(office.desk("second_checker"), code, list_digest=_digest(office, code))
    with pytest.raises(sa.exc.IntegrityError, match="does not send it"):
        _sent_by_hand(office, code, "second_checker")


def test_only_the_list_that_was_read_is_signed_further(office: Office) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    with pytest.raises(Changed):
        countersign(office.desk("second_checker"), code, list_digest="0" * 64)


def test_a_further_signature_is_never_changed_or_removed(office: Office) -> None:
    office.endow()
    _tier(office, 1_000, 2)
    code = _approved(office)
    countersign(
        office.desk("second_checker", later=timedelta(minutes=1)),
        code,
        list_digest=_digest(office, code),
    )
    for table in ("countersignature", "signature_need"):
        with pytest.raises(sa.exc.DBAPIError):
            office.run(f"DELETE FROM cycle.{table}")


def test_tiers_are_an_administrators_and_stand_in_the_record(office: Office) -> None:
    with pytest.raises(Refused):
        _tier(office, 1_000, 2, "checker")
    with pytest.raises(CycleError, match="1 to 5"):
        _tier(office, 1_000, 6)
    _tier(office, 1_000, 2)
    assert office.value("SELECT count(*) FROM people.act WHERE verb = 'tier.set'") == 2
