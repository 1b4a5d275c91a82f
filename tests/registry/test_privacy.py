"""Who people are stays out of findings, logs, errors and the tables an auditor reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cct_engine.registry import RefusedFeed

if TYPE_CHECKING:
    from conftest import Office

SECRETS = ("Zulmira", "Quintanilha", "98765432109", "1971-04-03", "GB33BUKB20201555555555")


def test_no_name_id_birth_date_or_account_is_told_by_a_finding_or_a_log(
    office: Office, persons_header: str, capfd: pytest.CaptureFixture[str]
) -> None:
    office.families()
    reports = [
        office.take_in(
            "persons",
            persons_header
            # bad in every way, in the columns of the private fields and in those beside them
            + "P8,H1,=Zulmira,@Quintanilha,Zulmira,1971-04-03x,98765432109,,1971-04-03,,NIS,"
            "98765432109\x01,,,,,\n"
            + "P9,H9,Zulmira,Quintanilha,F,1971-04-03,head,,98765432109,,NIS,98765432109,,,,,\n",
        ),
        office.take_in(
            "accounts",
            "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
            "P1,IBAN,GB33BUKB20201555555555!,x,Zulmira,GB33BUKB20201555555555,\n"
            "P9,IBAN,GB33BUKB20201555555555,x,Zulmira,,\n",
        ),
    ]
    told = json.dumps([report.as_dict() for report in reports], default=str)
    told += json.dumps(office.rows("SELECT value, column_name, rule FROM registry.rejected_row"))
    told += json.dumps(office.rows("SELECT detail FROM people.act"))
    captured = capfd.readouterr()
    told += captured.out + captured.err
    assert "rejected" in told
    for secret in SECRETS:
        assert secret not in told, secret


def test_a_refused_file_tells_its_columns_and_no_cell(office: Office) -> None:
    with pytest.raises(RefusedFeed) as refusal:
        office.take_in("persons", "Zulmira,98765432109\nQuintanilha,1971-04-03\n")
    assert "Quintanilha" not in str(refusal.value)


def test_an_id_number_is_kept_as_a_token_only(office: Office, persons_header: str) -> None:
    office.families()
    office.take_in("persons", persons_header + "P9,H1,A,B,F,,,,2026-01-01,,NIS,98765432109,,,,,\n")
    for schema, table in office.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('identity', 'registry')"
    ):
        text = office.rows(f"SELECT t::text FROM {schema}.{table} t")
        assert not [row for row in text if "98765432109" in row[0]], (schema, table)


def test_an_account_number_stands_in_one_table_only(office: Office) -> None:
    office.families()
    office.take_in(
        "accounts",
        "person_ref,kind,number,agent,holder_name,verified,valid_from\n"
        "P1,IBAN,GB33BUKB20201555555555,BUKBGB22,Maria Souza,true,\n",
    )
    holding = [
        f"{schema}.{table}"
        for schema, table in office.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('identity', "
            "'registry')"
        )
        if any(
            "20201555555555" in row[0]
            for row in office.rows(f"SELECT t::text FROM {schema}.{table} t")
        )
    ]
    assert holding == ["identity.account_number"]
