"""What was told: mails to officers, files of messages to families, and who agreed to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cct_engine.console.reading.rows import SCOPE, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

__all__ = ["agreed", "choice_of", "cycles", "file", "mails"]


def mails(
    connection: sa.Connection, *, officer_id: int | None, most: int = 60
) -> list[dict[str, Any]]:
    """Return mails to officers, those that wait first, then the newest; of one officer if named."""
    return rows(
        connection,
        """
        SELECT o.login, m.kind, m.about, m.raised_at, m.tried_at, m.tried_count, m.sent_at,
               m.withdrawn_at,
               CASE WHEN m.sent_at IS NOT NULL THEN 'went' WHEN m.withdrawn_at IS NOT NULL
                    THEN 'withdrawn' ELSE 'waits' END AS state
        FROM notice.mail m JOIN people.officer o USING (officer_id)
        WHERE CAST(:officer_id AS integer) IS NULL OR m.officer_id = :officer_id
        ORDER BY (m.sent_at IS NULL AND m.withdrawn_at IS NULL) DESC, m.raised_at DESC, o.login,
                 m.kind, m.about LIMIT :most""",
        {"officer_id": officer_id, "most": most},
    )


def cycles(
    connection: sa.Connection, scope: Sequence[str] | None, *, most: int = 12
) -> list[dict[str, Any]]:
    """Return the newest cycles whose families can be written to, each with its files."""
    return rows(
        connection,
        f"""
        SELECT c.code, c.period, p.code AS programme, p.title, c.state,
               coalesce((SELECT jsonb_agg(jsonb_build_object('language', f.language,
                                'messages', f.message_count, 'segments', f.segment_count,
                                'shortened', f.shortened_count, 'sha256', f.sha256)
                                ORDER BY f.language)
                         FROM notice.file f WHERE f.cycle_id = c.cycle_id), '[]') AS files,
               (SELECT min(f.made_at) FROM notice.file f WHERE f.cycle_id = c.cycle_id) AS made_at
        FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
        WHERE c.state IN ('released', 'closed') AND {SCOPE}
        ORDER BY c.period DESC, c.cycle_id DESC LIMIT :most""",
        {"scope": scope, "most": most},
    )


def file(connection: sa.Connection, code: str, language: str) -> dict[str, Any] | None:
    """Return the file of a cycle in a language: its digest and how many messages it has."""
    found = rows(
        connection,
        "SELECT f.sha256, f.message_count FROM notice.file f JOIN cycle.cycle c USING (cycle_id)"
        " WHERE c.code = :code AND f.language = :language",
        {"code": code, "language": language},
    )
    return found[0] if found else None


def agreed(connection: sa.Connection, scope: Sequence[str] | None) -> list[dict[str, Any]]:
    """Count the families of each programme's newest list by what they chose. Reads every one."""
    return rows(
        connection,
        f"""
        WITH newest AS (
            SELECT DISTINCT ON (c.programme_id) c.cycle_id, c.period, p.title, c.currency
            FROM cycle.cycle c JOIN registry.programme p USING (programme_id)
            WHERE c.state NOT IN ('opened', 'frozen') AND {SCOPE}
            ORDER BY c.programme_id, c.period DESC),
        choice AS (
            SELECT DISTINCT ON (household_id) household_id, agreed, language FROM notice.choice
            ORDER BY household_id, chosen_at DESC)
        SELECT n.title, n.period, n.currency, count(*) AS families,
               count(*) FILTER (WHERE k.agreed) AS agreed,
               count(*) FILTER (WHERE NOT k.agreed) AS refused,
               count(*) FILTER (WHERE k.agreed IS NULL) AS silent,
               count(*) FILTER (WHERE k.agreed AND k.language = 'en') AS en,
               count(*) FILTER (WHERE k.agreed AND k.language = 'hi') AS hi,
               count(*) FILTER (WHERE k.agreed AND k.language = 'pt') AS pt,
               count(*) FILTER (WHERE k.agreed AND k.language = 'es') AS es
        FROM newest n JOIN cycle.household_result r USING (cycle_id)
        LEFT JOIN choice k ON k.household_id = r.household_id
        GROUP BY 1, 2, 3 ORDER BY 1""",
        {"scope": scope},
    )


def choice_of(connection: sa.Connection, household_id: int) -> dict[str, Any] | None:
    """Return what a family chose last: whether it wants messages, in which language, since when."""
    found = rows(
        connection,
        "SELECT agreed, language, chosen_at FROM notice.choice"
        " WHERE household_id = :household_id ORDER BY chosen_at DESC LIMIT 1",
        {"household_id": household_id},
    )
    return found[0] if found else None
