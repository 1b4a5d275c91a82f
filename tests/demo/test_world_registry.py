"""The registry of the seeded world: proportions, references, faults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from stdnum.in_ import aadhaar

from bank_adapters import account_problems
from cct_engine.demo.world import canaries, write_account_corrections, write_feeds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.conftest import Feeds

FIRST_DAY = pd.Timestamp("2026-09-01")


def _brazilian(rows: pd.DataFrame, column: str = "household_ref") -> pd.DataFrame:
    return rows[rows[column].str.startswith("BR")]


def _readable(persons: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rows that are there to be refused."""
    return persons[persons["family_name"] != "Registrada"]


def _ages(persons: pd.DataFrame) -> pd.Series:
    return (FIRST_DAY - pd.to_datetime(persons["birth_date"])).dt.days / 365.25


def _problems(accounts: pd.DataFrame) -> list[str | None]:
    table = pa.table(
        {
            "account_kind": accounts["kind"].to_list(),
            "account": accounts["number"].to_list(),
            "agent": accounts["agent"].to_list(),
        }
    )
    return account_problems(table).to_pylist()


def test_the_same_world_has_the_same_bytes_and_another_seed_has_others(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> dict[str, bytes]:
        folder = tmp_path / name
        write_feeds(folder, households=300, seed=seed, periods=["2026-11"])
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.csv")}

    first = written("one", 5)
    assert written("two", 5) == first
    other = written("three", 6)
    assert other["base/persons.csv"] != first["base/persons.csv"]


def test_every_file_has_the_rows_the_world_says_it_has(feeds: Feeds) -> None:
    written = [*feeds.world.base, *(f for files in feeds.world.cycles.values() for f in files)]
    assert len(written) > 25
    for file in written:
        with file.path.open("rb") as stream:
            assert sum(1 for _ in stream) == file.rows + 1


def test_seven_of_ten_households_are_brazilian_and_three_live_in_delhi(feeds: Feeds) -> None:
    households = feeds.read("base", "households")
    assert len(households) == 20_000
    assert len(_brazilian(households)) == 14_000
    assert households["household_ref"].is_unique


def test_brazilian_families_have_the_published_composition(feeds: Feeds) -> None:
    persons = _readable(_brazilian(feeds.read("base", "persons")))
    ages = _ages(persons)
    assert len(persons) / 14_000 == pytest.approx(2.55, abs=0.05)
    assert (ages < 7).sum() / 14_000 == pytest.approx(0.43, abs=0.03)
    assert ((ages >= 7) & (ages < 18)).sum() / 14_000 == pytest.approx(0.70, abs=0.03)


def test_the_payee_is_a_woman_in_five_of_six_brazilian_families(feeds: Feeds) -> None:
    persons = _readable(_brazilian(feeds.read("base", "persons")))
    payees = persons[persons["responsible"] == "true"]
    assert len(payees) == 14_000
    assert (_ages(payees) >= 16).all()
    assert (payees["sex"] == "F").mean() == pytest.approx(0.835, abs=0.015)


def test_incomes_lie_at_most_at_the_line_but_for_those_in_protection(feeds: Feeds) -> None:
    households = _brazilian(feeds.read("base", "households"))
    sizes = _readable(feeds.read("base", "persons"))["household_ref"].value_counts()
    per_head = households["income_total"].astype(float) / households["household_ref"].map(sizes)
    assert (per_head <= 218).mean() == pytest.approx(0.853, abs=0.015)
    assert ((per_head > 218) & (per_head <= 706)).mean() == pytest.approx(0.142, abs=0.015)
    assert set(households["income_kind"]) == {"", "work", "stable", "bpc_disability"}


def test_one_registration_in_thirty_is_older_than_two_years(feeds: Feeds) -> None:
    updated_on = pd.to_datetime(feeds.read("base", "households")["updated_on"])
    old = updated_on < pd.Timestamp("2024-09-01")
    assert old.mean() == pytest.approx(0.035, abs=0.008)


def test_families_of_delhi_have_an_adult_woman_unless_a_child_heads_them(feeds: Feeds) -> None:
    households = feeds.read("base", "households")
    delhi = households[households["household_ref"].str.startswith("DL")]
    persons = _readable(feeds.read("base", "persons"))
    persons = persons[persons["person_ref"].str.fullmatch(r"DL\d{7}-0\d")]
    assert len(persons) / len(delhi) == pytest.approx(4.9, abs=0.15)
    women = persons[(persons["sex"] == "F") & (_ages(persons) >= 18)]
    without = delhi[~delhi["household_ref"].isin(women["household_ref"])]
    assert set(without["kind"]) == {"child_headed"}
    assert len(without) / len(delhi) == pytest.approx(0.01, abs=0.006)
    eldest = women.sort_values("birth_date").drop_duplicates("household_ref")
    assert (eldest["responsible"] == "true").all()


def test_homeless_families_have_an_area_and_a_centre_like_all_others(feeds: Feeds) -> None:
    households = feeds.read("base", "households")
    homeless = households[households["kind"] == "homeless"]
    assert len(homeless) / 6_000 == pytest.approx(0.06, abs=0.015)
    assert (homeless["spatial"] == "homeless").all()
    areas, centres = feeds.read("base", "areas"), feeds.read("base", "centres")
    assert households["area_code"].isin(areas["area_code"]).all()
    assert households["centre_code"].isin(centres["centre_code"]).all()


def test_areas_centres_and_facilities_hang_together(feeds: Feeds) -> None:
    areas = feeds.read("base", "areas")
    assert areas["area_code"].is_unique
    assert (areas["parent_code"].isin(areas["area_code"]) | (areas["parent_code"] == "")).all()
    for feed, code in (("centres", "centre_code"), ("facilities", "facility_code")):
        rows = feeds.read("base", feed)
        assert rows[code].is_unique
        assert rows["area_code"].isin(areas["area_code"]).all()


def test_municipality_codes_end_in_their_check_digit(feeds: Feeds) -> None:
    areas = feeds.read("base", "areas")
    codes = areas.loc[areas["level"] == "municipality", "area_code"]
    for code in codes:
        digits = [int(digit) for digit in code]
        weighted = [d * w for d, w in zip(digits[:6], (1, 2) * 3, strict=True)]
        total = sum(n // 10 + n % 10 for n in weighted)
        assert (total + digits[6]) % 10 == 0


def test_one_family_of_delhi_in_twelve_has_a_ration_card(feeds: Feeds) -> None:
    enrolments = feeds.read("base", "enrolments")
    counts = enrolments["programme"].value_counts()
    assert counts["bolsa_familia"] == 14_000
    assert counts["dilli_annashree"] == 6_000
    assert counts["pds_card"] / 6_000 == pytest.approx(0.08, abs=0.012)
    of_delhi = enrolments[enrolments["programme"] != "bolsa_familia"]
    assert of_delhi["household_ref"].str.startswith("DL").all()


def test_some_names_of_delhi_are_written_in_devanagari(feeds: Feeds) -> None:
    persons = _readable(feeds.read("base", "persons"))
    delhi = persons[persons["household_ref"].str.startswith("DL")]
    native = delhi["given_name"].str.contains("[\u0900-\u097f]")
    assert native.mean() == pytest.approx(0.10, abs=0.02)
    assert (delhi["family_name"].str.contains("[\u0900-\u097f]") == native).all()


def test_references_of_persons_and_families_are_kept(feeds: Feeds) -> None:
    persons, households = feeds.read_all("persons"), feeds.read_all("households")
    assert persons["household_ref"].isin(households["household_ref"]).all()
    assert _readable(feeds.read("base", "persons"))["person_ref"].is_unique
    for feed in ("accounts", "deaths", "pregnancies"):
        assert feeds.read_all(feed)["person_ref"].isin(persons["person_ref"]).all()
    assert feeds.read_all("enrolments")["household_ref"].isin(households["household_ref"]).all()


def test_national_ids_are_well_formed_and_belong_to_one_person_but_for_the_doubles(
    feeds: Feeds,
) -> None:
    persons = _readable(feeds.read("base", "persons"))
    known = persons[persons["national_id"] != ""]
    indian = known.loc[known["national_id_scheme"] == "AADHAAR", "national_id"]
    assert indian.map(aadhaar.is_valid).all()
    social = known.loc[known["national_id_scheme"] == "NIS", "national_id"]
    digits = np.array([list(number) for number in social], dtype=np.int64)
    check = 11 - (digits[:, :10] * [3, 2, 9, 8, 7, 6, 5, 4, 3, 2]).sum(axis=1) % 11
    assert (np.where(check > 9, 0, check) == digits[:, 10]).all()
    doubles = known["national_id"].duplicated().sum()
    heads = persons[persons["person_ref"].str.endswith("-24")]
    assert len(heads) == feeds.world.faults["double_identity"]
    assert doubles == (heads["national_id"] != "").sum() > 0


def test_accounts_are_well_formed_but_for_the_unreadable_ones(feeds: Feeds) -> None:
    accounts = feeds.read("base", "accounts")
    problems = [problem for problem in _problems(accounts) if problem is not None]
    assert 0 < len(problems) <= feeds.world.faults["unreadable_account"]
    assert len(accounts) / 20_000 == pytest.approx(0.985, abs=0.01)
    assert accounts["person_ref"].is_unique
    assert set(accounts["kind"]) == {"AGENCIA_CONTA", "PIX", "IFSC_ACCOUNT"}


def test_a_few_families_give_the_account_of_another_family(feeds: Feeds) -> None:
    accounts = feeds.read("base", "accounts")
    shared = accounts[accounts.duplicated(["number", "agent"], keep=False)]
    assert 0 < len(shared) <= 2 * feeds.world.faults["shared_account"]
    assert shared["holder_name"].nunique() > len(shared) / 2


def test_rows_to_be_refused_have_a_wrong_date_or_a_formula_for_a_name(feeds: Feeds) -> None:
    persons = feeds.read("base", "persons")
    refused = persons[persons["family_name"] == "Registrada"]
    wrong_date = refused["birth_date"].str.fullmatch(r"\d\d/\d\d/\d{4}")
    formula = refused["given_name"].str.match(r"[=+@-]")
    assert wrong_date.sum() == feeds.world.faults["wrong_date"]
    assert formula.sum() == feeds.world.faults["formula_text"]
    assert (wrong_date ^ formula).all()
    others = persons.drop(refused.index)
    assert others["birth_date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_no_value_needs_quotes_and_no_other_value_looks_like_a_formula(feeds: Feeds) -> None:
    for file in feeds.world.base:
        with file.path.open(encoding="utf-8") as stream:
            columns = next(stream).count(",")
            assert all(line.count(",") == columns and '"' not in line for line in stream)


def test_corrections_give_returned_payees_another_account_in_their_own_name(
    feeds: Feeds, tmp_path: Path
) -> None:
    before = feeds.read("base", "accounts").set_index("person_ref")
    people = [*before.index[100:130], *before.index[-30:]]
    on = FIRST_DAY.date()
    written = write_account_corrections(tmp_path, people, seed=42, on=on)
    assert written is not None
    assert written.rows == 60
    rows = pd.read_csv(written.path, dtype=str, keep_default_na=False)
    assert set(rows["person_ref"]) == set(people)
    old = before.loc[rows["person_ref"]].reset_index()
    assert (rows["holder_name"] == old["holder_name"]).all()
    assert (rows["number"] != old["number"]).all()
    assert set(rows["verified"]) == {"true"}
    assert _problems(rows) == [None] * 60
    again = write_account_corrections(tmp_path / "2", [*people[::-1], people[0]], seed=42, on=on)
    assert again is not None
    assert again.path.read_bytes() == written.path.read_bytes()


@pytest.mark.parametrize("reference", ["BR9999999-09", "nobody", "XX0000001-00"])
def test_a_correction_for_nobody_is_refused(tmp_path: Path, reference: str) -> None:
    with pytest.raises(ValueError, match="nobody's"):
        write_account_corrections(tmp_path, [reference], seed=42, on=FIRST_DAY.date())


def test_where_no_payment_came_back_nothing_is_written(tmp_path: Path) -> None:
    assert write_account_corrections(tmp_path, [], seed=42, on=FIRST_DAY.date()) is None
    assert not list(tmp_path.iterdir())


def test_canaries_find_every_name_account_and_id_of_a_world_again(tmp_path: Path) -> None:
    write_feeds(tmp_path, households=200, seed=9, periods=["2026-09"])
    found = canaries(tmp_path)
    persons = pd.read_csv(tmp_path / "base" / "persons.csv", dtype=str, keep_default_na=False)
    accounts = pd.read_csv(tmp_path / "2026-09" / "accounts.csv", dtype=str)
    person, account = persons.iloc[17], accounts.iloc[0]
    assert {person["given_name"], person["family_name"], person["national_id"]} <= found
    assert {account["number"], account["holder_name"]} <= found
    assert all(len(text) >= 6 for text in found)
    assert not any(re.fullmatch(r"(BR|DL)\d{7}(-\d\d)?", text) for text in found)


@pytest.mark.parametrize(
    "periods", [[], ["2026-09", "2026-11"], ["2026-10", "2026-09"], ["09/2026"]]
)
def test_periods_that_are_not_consecutive_months_are_refused(
    tmp_path: Path, periods: list[str]
) -> None:
    with pytest.raises(ValueError, match="2026-09"):
        write_feeds(tmp_path, households=200, seed=1, periods=periods)
