"""Feeds taken in, people and what everybody did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cct_engine.console.reading.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

__all__ = [
    "activity",
    "feed",
    "feeds",
    "may_fetch_rejects",
    "people",
    "person",
    "ran",
    "rejected_rows",
]


def feeds(connection: sa.Connection, *, most: int = 200) -> list[dict[str, Any]]:
    """Return files taken in, newest first, with their control totals."""
    return rows(
        connection,
        """
        SELECT f.feed_file_id, f.feed, f.file_name, f.taken_in_at, f.row_count, f.loaded_count,
               f.rejected_count, f.repeated_count, f.reject_file, o.login, s.code AS source
        FROM registry.feed_file f JOIN people.officer o USING (officer_id)
        JOIN registry.source s USING (source_id)
        ORDER BY f.feed_file_id DESC LIMIT :most""",
        {"most": most},
    )


def feed(connection: sa.Connection, feed_file_id: int) -> dict[str, Any] | None:
    """Return one file taken in."""
    found = rows(
        connection,
        """
        SELECT f.*, o.login, s.code AS source FROM registry.feed_file f
        JOIN people.officer o USING (officer_id) JOIN registry.source s USING (source_id)
        WHERE f.feed_file_id = :feed_file_id""",
        {"feed_file_id": feed_file_id},
    )
    return found[0] if found else None


def rejected_rows(
    connection: sa.Connection, feed_file_id: int, *, most: int = 500
) -> list[dict[str, Any]]:
    """Return why rows of a file did not pass, in the order of the file."""
    return rows(
        connection,
        "SELECT row_number, column_name, rule, value, other_row FROM registry.rejected_row"
        " WHERE feed_file_id = :feed_file_id ORDER BY row_number, column_name LIMIT :most",
        {"feed_file_id": feed_file_id, "most": most},
    )


def may_fetch_rejects(
    row: Mapping[str, Any], *, centres: frozenset[int] | None, officer_id: int
) -> bool:
    """Tell who fetches the rejected rows of a file: they hold names, of every centre.

    An officer bound to ``centres`` (None: to none) fetches those of their own files.
    """
    return centres is None or row["officer_id"] == officer_id


def people(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return officers, what they may, when they were last seen."""
    return rows(connection, _PEOPLE.format(where="true"), {})


def person(connection: sa.Connection, login: str) -> dict[str, Any] | None:
    """Return one officer."""
    found = rows(connection, _PEOPLE.format(where="o.login = :login"), {"login": login})
    return found[0] if found else None


_PEOPLE: Final = """
    SELECT o.officer_id, o.login, o.created_at, o.disabled_at,
           s.seen_at,
           EXISTS (SELECT FROM people.password w
                   WHERE w.officer_id = o.officer_id) AS has_password,
           EXISTS (SELECT FROM people.openid_subject w
                   WHERE w.officer_id = o.officer_id) AS has_account,
           coalesce((SELECT jsonb_agg(jsonb_build_array(g.role, g.programme, c.code, g.revoked_at)
                            ORDER BY g.role, g.programme)
                     FROM people.role_grant g LEFT JOIN registry.centre c USING (centre_id)
                     WHERE g.officer_id = o.officer_id
                       AND (g.revoked_at IS NULL OR g.revoked_at > now())), '[]') AS grants
    FROM people.officer o
    LEFT JOIN (SELECT officer_id, max(seen_at) AS seen_at FROM people.session
               GROUP BY officer_id) s USING (officer_id)
    WHERE {where} ORDER BY o.officer_id
"""


def activity(
    connection: sa.Connection,
    *,
    officer_id: int | None,
    subject: str,
    verb: str,
    refused: bool,
    before: int,
    most: int = 101,
) -> list[dict[str, Any]]:
    """Return acts, newest first; of one officer if one is named."""
    wanted = {
        "a.officer_id = :officer_id": officer_id is not None,
        "a.subject = :subject": subject,
        "a.verb ^@ :verb": verb,
        "a.outcome = 'refused'": refused,
        "a.act_id < :before": before,
    }
    where = " AND ".join(said for said, asked in wanted.items() if asked) or "true"
    return rows(
        connection,
        f"""
        SELECT a.act_id, a.at, o.login, a.verb, a.subject, a.outcome, a.detail, a.digest
        FROM people.act a JOIN people.officer o USING (officer_id)
        WHERE {where}
        ORDER BY a.act_id DESC LIMIT :most""",
        {
            "officer_id": officer_id,
            "subject": subject,
            "verb": verb,
            "refused": refused,
            "before": before,
            "most": most,
        },
    )


def ran(connection: sa.Connection, *, most: int = 40) -> list[dict[str, Any]]:
    """Return the newest of what the engine does by its calendar, whoever did it."""
    return rows(
        connection,
        """
        SELECT a.at, a.verb, a.subject, a.outcome, o.login
        FROM unnest(ARRAY['cycle.open', 'cycle.freeze', 'cycle.calculate', 'cycle.check',
                          'cycle.reconcile']) AS ring (verb)
        CROSS JOIN LATERAL (SELECT * FROM people.act WHERE act.verb = ring.verb
                            ORDER BY act_id DESC LIMIT :most) a
        JOIN people.officer o USING (officer_id)
        ORDER BY a.act_id DESC LIMIT :most""",
        {"most": most},
    )
