"""What each cycle brings to the seeded world: attendance, visits, and changes of families."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.demo.conftest import Feeds

PERIODS = ("2026-09", "2026-10", "2026-11")


def _month_before(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    last = pd.Timestamp(f"{period}-01")
    return last - pd.DateOffset(months=1), last


def _pupils(feeds: Feeds, day: str) -> pd.Index:
    """Return the Brazilian children of school age on a day."""
    persons = feeds.read("base", "persons")
    persons = persons[persons["person_ref"].str.fullmatch(r"BR\d+-0\d")]
    age = (pd.Timestamp(day) - pd.to_datetime(persons["birth_date"])).dt.days / 365.25
    return pd.Index(persons.loc[(age >= 4) & (age < 18), "person_ref"])


def _known(feeds: Feeds, rows: pd.DataFrame) -> pd.Series:
    return rows["person_ref"].isin(feeds.read("base", "persons")["person_ref"])


def test_each_cycle_has_the_attendance_the_law_judges_in_it(feeds: Feeds) -> None:
    months = {period: set(feeds.read(period, "attendance")["month"]) for period in PERIODS}
    assert months["2026-09"] == {"2026-06", "2026-07"}
    assert months["2026-10"] == {"2026-06", "2026-07"}  # late schools and corrections
    assert months["2026-11"] == {"2026-08", "2026-09"}
    sizes = {period: len(feeds.read(period, "attendance")) for period in PERIODS}
    assert sizes["2026-10"] < sizes["2026-09"] / 10


def test_between_85_and_90_pupils_of_100_are_reported(feeds: Feeds) -> None:
    pupils = _pupils(feeds, "2026-06-01")
    told = set(feeds.read("2026-09", "attendance")["person_ref"])
    told |= set(feeds.read("2026-10", "attendance")["person_ref"])
    assert 0.85 < pupils.isin(told).mean() < 0.90


def test_nearly_five_in_a_hundred_reported_pupils_stay_below_the_share(feeds: Feeds) -> None:
    rows = feeds.read("2026-09", "attendance")
    rows = rows[_known(feeds, rows)].drop_duplicates(["person_ref", "month"])
    sums = (
        rows.astype({"present": int, "total": int})
        .groupby("person_ref")[["present", "total"]]
        .sum()
    )
    persons = feeds.read("base", "persons").set_index("person_ref")
    births = pd.to_datetime(persons.loc[sums.index, "birth_date"])
    age = (pd.Timestamp("2026-06-01") - births).dt.days / 365.25
    least = age.map(lambda years: 60 if years < 6 else 75)
    below = sums["present"] * 100 < least * sums["total"]
    assert below.mean() == pytest.approx(0.045, abs=0.008)


def test_some_who_stayed_away_had_a_reason_the_law_knows(feeds: Feeds) -> None:
    reasons = feeds.read("2026-09", "attendance")["reason_code"].value_counts()
    assert set(reasons.index) == {
        "",
        "ILLNESS",
        "FAMILY_ILLNESS_OR_DEATH",
        "NO_TRANSPORT",
        "VIOLENCE",
        "NO_SCHOOL_PLACE",
    }
    assert reasons.drop("").sum() < 0.03 * reasons.sum()


def test_children_below_the_share_in_one_window_are_so_more_often_in_the_next(
    feeds: Feeds,
) -> None:
    def below(period: str) -> pd.Series:
        rows = feeds.read(period, "attendance")
        rows = rows[_known(feeds, rows)].drop_duplicates(["person_ref", "month"])
        numbers = rows.astype({"present": int, "total": int})
        sums = numbers.groupby("person_ref")[["present", "total"]].sum()
        return sums["present"] * 100 < 60 * sums["total"]

    first, second = below("2026-09"), below("2026-11")
    again = second.reindex(first.index[first]).dropna()
    assert again.mean() > 4 * second.mean()


def test_one_row_in_a_hundred_names_a_pupil_nobody_knows(feeds: Feeds) -> None:
    rows = feeds.read("2026-09", "attendance")
    assert (~_known(feeds, rows)).mean() == pytest.approx(0.01, abs=0.003)


def test_one_row_in_two_hundred_is_written_twice_with_other_values(feeds: Feeds) -> None:
    rows = feeds.read("2026-09", "attendance")
    twice = rows[rows.duplicated(["person_ref", "month"], keep=False)]
    assert len(twice) / 2 / len(rows) == pytest.approx(0.005, abs=0.002)
    assert twice.groupby(["person_ref", "month"])["present"].nunique().eq(2).mean() > 0.95


def test_late_schools_report_with_the_next_cycle_and_corrections_change_values(
    feeds: Feeds,
) -> None:
    keys = ["person_ref", "month"]
    first = feeds.read("2026-09", "attendance").drop_duplicates(keys)
    later = feeds.read("2026-10", "attendance")
    assert not later.duplicated(keys).any()
    both = later.merge(first, on=keys, how="left", suffixes=("", "_before"))
    corrected = both["present_before"].notna()
    assert (both.loc[corrected, "present"] == both.loc[corrected, "total"]).all()
    late_schools = set(both.loc[~corrected, "facility_code"])
    assert late_schools
    assert not late_schools & set(first["facility_code"])


def test_facilities_of_all_facts_are_known(feeds: Feeds) -> None:
    known = feeds.read("base", "facilities").set_index("facility_code")["kind"]
    for period in PERIODS:
        codes = feeds.read(period, "attendance")["facility_code"]
        assert set(known.loc[codes.unique()]) == {"school"}
    assert set(known.loc[feeds.read("2026-11", "health")["facility_code"].unique()]) == {"clinic"}


def test_health_visits_of_the_first_half_year_come_with_november(feeds: Feeds) -> None:
    health = feeds.read("2026-11", "health")
    assert set(health["month"]) == {f"2026-0{month}" for month in range(1, 7)}
    assert set(health["kind"]) == {"growth_check", "prenatal_visit"}
    for period in PERIODS[:2]:
        assert not (feeds.world.folder / period / "health.csv").exists()
    persons = feeds.read("base", "persons")
    persons = persons[persons["person_ref"].str.fullmatch(r"BR\d+-0\d")]
    births = pd.to_datetime(persons["birth_date"])
    small = persons.loc[
        (births > pd.Timestamp("2019-06-30")) & (births <= pd.Timestamp("2026-06-30")), "person_ref"
    ]
    told = health.loc[health["kind"] == "growth_check", "person_ref"]
    assert small.isin(told).mean() == pytest.approx(0.72, abs=0.03)
    missed = (health["visits"] == "0").mean()
    assert missed == pytest.approx(0.03, abs=0.01)


def test_joiners_bring_family_account_and_enrolment(feeds: Feeds) -> None:
    base = set(feeds.read("base", "households")["household_ref"])
    for period in PERIODS:
        households = feeds.read(period, "households")["household_ref"]
        new = set(households) - base
        assert len(new) == 200
        enrolments = feeds.read(period, "enrolments")
        entered = enrolments[
            enrolments["household_ref"].isin(new) & (enrolments["exited_on"] == "")
        ]
        first, last = _month_before(period)
        days = pd.to_datetime(entered["entered_on"])
        joined = entered["programme"].isin(["bolsa_familia", "dilli_annashree"])
        assert set(entered.loc[joined, "household_ref"]) == new
        assert days[joined].between(first, last, inclusive="left").all()
        assert new <= set(feeds.read(period, "persons")["household_ref"])
        accounts = feeds.read(period, "accounts")["person_ref"].str[:9]
        assert accounts.isin(new).all()
        base |= new


def test_leavers_end_the_enrolment_they_had(feeds: Feeds) -> None:
    base = feeds.read("base", "enrolments")
    keys = ["programme", "household_ref"]
    gone = []
    for period in PERIODS:
        enrolments = feeds.read(period, "enrolments")
        left = enrolments[enrolments["exited_on"] != ""]
        assert 60 < len(left) < 150
        both = left.merge(base, on=keys, suffixes=("", "_before"))
        assert len(both) == len(left)
        assert (both["entered_on"] == both["entered_on_before"]).all()
        first, last = _month_before(period)
        assert pd.to_datetime(left["exited_on"]).between(first, last, inclusive="left").all()
        assert (left["reason"] != "").all()
        gone += left["household_ref"].to_list()
    assert len(set(gone)) == len(gone)


def test_nobody_dies_twice_and_some_deaths_are_reported_months_late(feeds: Feeds) -> None:
    late = 0
    dead: list[str] = []
    for period in PERIODS:
        deaths = feeds.read(period, "deaths")
        first, last = _month_before(period)
        died_on = pd.to_datetime(deaths["died_on"])
        assert (died_on < last).all()
        late += int((died_on < first).sum())
        dead += deaths["person_ref"].to_list()
    assert len(set(dead)) == len(dead)
    assert 0 < late < len(dead) / 2
    assert (feeds.read_all("deaths")["register_ref"] == "").any()


def test_children_are_born_of_known_pregnancies(feeds: Feeds) -> None:
    pregnancies = feeds.read_all("pregnancies")
    known = pregnancies[pregnancies["delivery_on"] == ""]
    for period in PERIODS:
        persons = feeds.read(period, "persons")
        babies = persons[persons["person_ref"].str.match(r".*-(1[6-9]|2[0-2])$")]
        assert len(babies) > 20
        first, last = _month_before(period)
        births = pd.to_datetime(babies["birth_date"])
        assert births.between(first, last, inclusive="left").all()
        assert (babies["joined_on"] == babies["birth_date"]).all()
        ended = feeds.read(period, "pregnancies")
        ended = ended[ended["delivery_on"] != ""]
        assert sorted(ended["delivery_on"]) == sorted(babies["birth_date"])
        assert ended["pregnancy_ref"].isin(known["pregnancy_ref"]).all()
        mothers = persons[persons["person_ref"].isin(ended["person_ref"])]
        assert set(mothers["pregnant"]) == {"false"}
        assert set(mothers["is_mother"]) == {"true"}


def test_women_whose_pregnancy_is_known_are_marked_pregnant(feeds: Feeds) -> None:
    persons = feeds.read("base", "persons")
    pregnant = persons[persons["pregnant"] == "true"]
    assert set(pregnant["person_ref"]) == set(feeds.read("base", "pregnancies")["person_ref"])
    assert set(pregnant["sex"]) == {"F"}
    assert len(pregnant) / 14_000 == pytest.approx(0.025, abs=0.012)


def test_some_families_report_another_income(feeds: Feeds) -> None:
    base = feeds.read("base", "households").set_index("household_ref")
    for period in PERIODS:
        rows = feeds.read(period, "households").set_index("household_ref")
        changed = rows[rows.index.isin(base.index)]
        assert len(changed) / 14_000 == pytest.approx(0.02, abs=0.005)
        assert (changed["income_total"] != base.loc[changed.index, "income_total"]).mean() > 0.99
        same = ["kind", "area_code", "zone", "municipality", "urban", "centre_code"]
        assert (changed[same] == base.loc[changed.index, same]).all(axis=None)


def test_those_who_move_away_are_adults_and_never_the_payee(feeds: Feeds) -> None:
    base = feeds.read("base", "persons").set_index("person_ref")
    for period in PERIODS:
        persons = feeds.read(period, "persons").set_index("person_ref")
        left = persons[persons["left_on"] != ""]
        assert len(left) > 20
        assert (base.loc[left.index, "responsible"] == "false").all()
        assert (pd.to_datetime(left["birth_date"]) < pd.Timestamp("2008-09-01")).all()
