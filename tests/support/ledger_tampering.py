"""Every change of the ledger's tables that a superuser could try, and the place each is found at.

The rows are those that ``ledger_books.live_two_cycles`` posts.
"""

from __future__ import annotations

__all__ = ["ADDITIONS", "EDITS", "EXCHANGED", "PAIRS", "PLACES", "REMOVALS"]

OTHER_DIGEST = "repeat('ab', 32)"
FIRST_ANCHOR = "anchored_on = '2026-04-01'"
THE_BLOCK = "account = 2100 AND fund_id = 1"
SUBJECT_12 = "balance of account 2100, fund 1, subject 12"
# One edit for every column of every table: (table, column): (which row, new value, named place).
EDITS = {
    ("account", "account"): ("account = 4100", "4101", "account 4100"),
    ("account", "name"): ("account = 2100", "'x'", "account 2100"),
    ("account", "class"): ("account = 2100", "'asset'", "account 2100"),
    ("account", "normal_side"): ("account = 1010", "-1", "account 1010"),
    ("account", "guard"): ("account = 3000", "-1", "account 3000"),
    ("account", "subsidiary"): ("account = 2130", "true", "account 2130"),
    ("account", "book"): ("account = 1010", "'budgetary'", "account 1010"),
    ("template", "event"): ("event = 76", "77", "template 76"),
    ("template", "name"): ("event = 20", "'x'", "template 20"),
    ("template", "debit"): ("event = 20", "5150", "template 20"),
    ("template", "credit"): ("event = 20", "2110", "template 20"),
    ("template", "slot"): ("event = 42", "42", "template 42"),
    ("template", "follows"): ("event = 41", "'{}'", "template 41"),
    ("template", "mirror_of"): ("event = 120", "21", "template 120"),
    ("fiscal_period", "period_id"): ("period_id = 2", "3", "fiscal_period 3"),
    ("fiscal_period", "opens_on"): ("period_id = 1", "'2026-01-02'", "fiscal_period 1"),
    ("fiscal_period", "closes_on"): ("period_id = 1", "'2026-12-30'", "fiscal_period 1"),
    ("fiscal_period", "opened_by"): ("period_id = 1", "9", "fiscal_period 1"),
    ("fiscal_period", "opened_at"): ("period_id = 1", "'2026-01-01'", "fiscal_period 1"),
    ("fiscal_period", "digest"): ("period_id = 1", OTHER_DIGEST, "fiscal_period 1"),
    ("fiscal_period", "closed_by"): ("period_id = 2", "9", "fiscal_period 2"),
    ("fiscal_period", "closed_at"): ("period_id = 2", "'2026-01-01'", "fiscal_period 2"),
    ("fiscal_period", "closed_head"): ("period_id = 2", OTHER_DIGEST, "fiscal_period 2"),
    ("fiscal_period", "closed_digest"): ("period_id = 2", OTHER_DIGEST, "fiscal_period 2"),
    ("batch", "batch_id"): ("batch_id = 2", "22", "batch 2"),
    ("batch", "event"): ("batch_id = 2", "41", "batch 2"),
    ("batch", "programme_id"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "fund_id"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "cycle_id"): ("batch_id = 2", "2", "batch 2"),
    ("batch", "conduit"): ("batch_id = 2", "'x'", "batch 2"),
    ("batch", "value_on"): ("batch_id = 2", "'2026-03-11'", "batch 2"),
    ("batch", "period_id"): ("batch_id = 2", "2", "batch 2"),
    ("batch", "currency"): ("batch_id = 5", "'BRL'", "batch 5"),
    ("batch", "key"): ("batch_id = 2", "'x'", "batch 2"),
    ("batch", "reverses"): ("batch_id = 2", "1", "batch 2"),
    ("batch", "prepared_by"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "approved_by"): ("batch_id = 2", "9", "batch 2"),
    ("batch", "recorded_at"): ("batch_id = 2", "'2026-03-11'", "batch 2"),
    ("journal", "subject_id"): ("batch_id = 2 AND subject_id = 11", "13", "journal, batch 2"),
    ("journal", "amount_minor"): ("batch_id = 2 AND subject_id = 11", "501", "journal, batch 2"),
    ("journal", "reference"): ("batch_id = 2 AND subject_id = 11", "5", "journal, batch 2"),
    ("journal", "batch_id"): ("batch_id = 2 AND subject_id = 11", "1", "journal, batch 1"),
    ("journal", "cycle_id"): ("batch_id = 2 AND subject_id = 11", "0", "journal, batch 2"),
    ("journal", "seq"): ("batch_id = 2 AND subject_id = 11", "2", "journal, batch 2"),
    ("journal", "event"): ("batch_id = 2 AND subject_id = 11", "41", "journal, batch 2"),
    ("journal", "slot"): ("batch_id = 2 AND subject_id = 11", "45", "journal, batch 2"),
    ("seal", "batch_id"): ("batch_id = 2", "55", "batch 55"),
    ("seal", "position"): ("batch_id = 2", "9", "seal of batch 2"),
    ("seal", "line_count"): ("batch_id = 2", "3", "journal, batch 2"),
    ("seal", "total_minor"): ("batch_id = 2", "1", "journal, batch 2"),
    ("seal", "merkle_root"): ("batch_id = 2", OTHER_DIGEST, "journal, batch 2"),
    ("seal", "previous_digest"): ("batch_id = 2", OTHER_DIGEST, "seal of batch 2"),
    ("seal", "digest"): ("batch_id = 2", OTHER_DIGEST, "batch 2"),
    ("balance_block", "block"): (THE_BLOCK, "5", SUBJECT_12),
    ("balance_block", "amounts"): (
        THE_BLOCK,
        "amounts[1\\:12] || (amounts[13] - 1) || amounts[14\\:64]",
        SUBJECT_12,
    ),
    ("balance_block", "fund_id"): (THE_BLOCK, "3", SUBJECT_12),
    ("balance_block", "account"): (THE_BLOCK, "2110", SUBJECT_12),
    ("balance_block", "guard"): (THE_BLOCK, "0", SUBJECT_12),
    ("anchor", "anchored_on"): (FIRST_ANCHOR, "'2026-03-31'", "anchor of 2026-03-31"),
    ("anchor", "position"): (FIRST_ANCHOR, "1", "anchor of 2026-04-01"),
    ("anchor", "digest"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
    ("anchor", "signature"): (FIRST_ANCHOR, "'x'", "anchor of 2026-04-01"),
    ("anchor", "published_to"): (FIRST_ANCHOR, "'x'", "anchor of 2026-04-01"),
    ("anchor", "previous"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
    ("anchor", "anchor_digest"): (FIRST_ANCHOR, OTHER_DIGEST, "anchor of 2026-04-01"),
}
REMOVALS = {
    "account": ("account = 4100", "account 4100"),
    "template": ("event = 182", "template 182"),
    "fiscal_period": ("period_id = 1", "fiscal_period 2"),
    "batch": ("batch_id = 2", "batch 2"),
    "journal": ("batch_id = 2 AND subject_id = 11", "journal, batch 2"),
    "seal": ("batch_id = 2", "seal of batch 3"),
    "balance_block": (THE_BLOCK, SUBJECT_12),
    "anchor": (FIRST_ANCHOR, "anchor of 2026-04-02"),
}
# Two rows of each table; every column whose values differ is exchanged between them.
PAIRS = {
    "account": ("account = 5100", "account = 8040"),
    "template": ("event = 20", "event = 141"),
    "fiscal_period": ("period_id = 1", "period_id = 2"),
    "batch": ("batch_id = 2", "batch_id = 5"),
    "journal": ("batch_id = 2 AND subject_id = 11", "batch_id = 5"),
    "seal": ("batch_id = 2", "batch_id = 5"),
    "balance_block": (THE_BLOCK, "account = 2100 AND fund_id = 2"),
    "anchor": (FIRST_ANCHOR, "anchored_on = '2026-04-02'"),
}
# A row like one that is there, with these columns changed: (table): (like which, changes, place).
ADDITIONS = {
    "account": ("account = 2100", {"account": 2199, "name": "x"}, "account 2199"),
    "template": ("event = 20", {"event": 99, "name": "x"}, "template 99"),
    "fiscal_period": (
        "period_id = 2",
        {"period_id": 3, "opens_on": "2024-01-01", "closes_on": "2024-12-31"},
        "fiscal_period 3",
    ),
    "batch": ("batch_id = 2", {"batch_id": 50, "key": "x"}, "batch 50"),
    "journal": ("batch_id = 2 AND subject_id = 11", {"subject_id": 13}, "journal, batch 2"),
    "seal": (
        "batch_id = 2",
        {"batch_id": 50, "position": 6, "digest": "c" * 64, "previous_digest": "d" * 64},
        "seal of batch 50",
    ),
    "balance_block": (
        THE_BLOCK,
        {"block": 2, "amounts": [0] * 64},
        "balance of account 2100, fund 1, subject 128",
    ),
    "anchor": (
        FIRST_ANCHOR,
        {"anchored_on": "2026-04-03", "previous": "c" * 64, "anchor_digest": "d" * 64},
        "anchor of 2026-04-03",
    ),
}
# How many of these at least no constraint prevents, even with triggers asleep.
EXCHANGED = {
    "account": 5,
    "template": 7,
    "fiscal_period": 2,
    "batch": 5,
    "journal": 4,
    "seal": 7,
    "balance_block": 3,
    "anchor": 4,
}
PLACES = {
    "account": "account ",
    "template": "template ",
    "fiscal_period": "fiscal_period ",
    "batch": "batch ",
    "journal": "journal, batch ",
    "seal": ("seal of batch ", "journal, batch ", "batch "),
    "balance_block": "balance of account ",
    "anchor": "anchor of ",
}
