CREATE SCHEMA ledger;
CREATE DOMAIN ledger.sha256 AS text CHECK (VALUE ~ '^[0-9a-f]{64}$');

CREATE TABLE ledger.account (
    account      smallint PRIMARY KEY,  -- the code: 2100
    name         text NOT NULL UNIQUE,
    class        text NOT NULL CHECK (class IN
                   ('asset', 'liability', 'net_assets', 'revenue', 'expense', 'budgetary')),
    normal_side  smallint NOT NULL CHECK (normal_side IN (-1, 1)),  -- 1 debit, -1 credit
    guard        smallint NOT NULL CHECK (guard IN (-1, 0, 1)),     -- the side it may not leave
    subsidiary   boolean NOT NULL,                                  -- a balance per subject
    book         text NOT NULL CHECK (book IN ('financial', 'budgetary')),
    CHECK (guard IN (0, normal_side)),
    CHECK (guard <> 0 OR NOT subsidiary)
);

-- The only postings there are. Events that exclude one another for one line share a slot: a line
-- is recognised once, a payment is sent once and ends once. A line of an event that follows
-- others needs a line of one of them with the same cycle, subject, seq and amount.
CREATE TABLE ledger.template (
    event        smallint PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    debit        smallint NOT NULL REFERENCES ledger.account,
    credit       smallint NOT NULL REFERENCES ledger.account,
    slot         smallint NOT NULL,
    follows      smallint[] NOT NULL DEFAULT '{}',
    mirror_of    smallint REFERENCES ledger.template,
    CHECK (debit <> credit)
);

CREATE TABLE ledger.fiscal_period (
    period_id    integer PRIMARY KEY CHECK (period_id > 0),
    opens_on     date NOT NULL,
    closes_on    date NOT NULL,  -- inclusive
    opened_by    integer NOT NULL,
    opened_at    timestamptz NOT NULL,
    digest       ledger.sha256 NOT NULL,
    closed_by    integer,
    closed_at    timestamptz,
    closed_head  ledger.sha256,  -- the head of the chain when the period was closed
    closed_digest ledger.sha256,
    CHECK (opens_on <= closes_on),
    CHECK (num_nulls(closed_by, closed_at, closed_head, closed_digest) IN (0, 4)),
    EXCLUDE USING gist (daterange(opens_on, closes_on, '[]') WITH &&)
);

CREATE TABLE ledger.batch (
    batch_id     integer PRIMARY KEY CHECK (batch_id > 0),
    event        smallint NOT NULL REFERENCES ledger.template,
    programme_id integer NOT NULL,
    fund_id      integer NOT NULL,
    cycle_id     integer NOT NULL CHECK (cycle_id >= 0),  -- 0: belongs to no cycle
    conduit      text CHECK (length(conduit) BETWEEN 1 AND 100),
    value_on     date NOT NULL,
    period_id    integer NOT NULL REFERENCES ledger.fiscal_period,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    key          text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
    reverses     integer REFERENCES ledger.batch,
    prepared_by  integer NOT NULL,
    approved_by  integer NOT NULL,
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT maker_is_not_checker CHECK (prepared_by <> approved_by),
    CONSTRAINT one_currency_per_fund
        EXCLUDE USING gist (fund_id WITH =, currency WITH <>)
);
CREATE INDEX batch_by_cycle ON ledger.batch (cycle_id);

CREATE TABLE ledger.journal (
    subject_id   bigint NOT NULL CHECK (subject_id >= 0),  -- 0: the fund itself
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reference    bigint NOT NULL,                          -- instruction, case, bank line; 0 none
    batch_id     integer NOT NULL,
    cycle_id     integer NOT NULL,
    seq          integer NOT NULL CHECK (seq >= 0),
    event        smallint NOT NULL,
    slot         smallint NOT NULL,
    -- Idempotency, double-payment control and the statement's index in one. The slot leads, so
    -- that each batch appends to the index and joins the balances in their own order.
    PRIMARY KEY (slot, subject_id, seq, cycle_id)
) PARTITION BY LIST (cycle_id);
CREATE INDEX journal_by_batch ON ledger.journal USING brin (batch_id) WITH (autosummarize = on);

CREATE TABLE ledger.seal (
    batch_id     integer PRIMARY KEY REFERENCES ledger.batch,
    position     integer NOT NULL UNIQUE,  -- in the chain: 1, 2, 3 … without gaps
    line_count   bigint NOT NULL CHECK (line_count >= 0),
    total_minor  bigint NOT NULL CHECK (total_minor >= 0),
    merkle_root  ledger.sha256 NOT NULL,
    previous_digest ledger.sha256 NOT NULL UNIQUE,
    digest       ledger.sha256 NOT NULL UNIQUE,
    UNIQUE (position, digest)
);

-- Kept for guarded accounts: per subject where the account is subsidiary, else for subject 0.
-- Debit positive. Half-full pages let every update stay in its page, without touching the index.
CREATE TABLE ledger.balance (
    subject_id   bigint NOT NULL,
    amount_minor bigint NOT NULL,
    fund_id      integer NOT NULL,
    account      smallint NOT NULL,
    guard        smallint NOT NULL,
    PRIMARY KEY (account, fund_id, subject_id),
    CONSTRAINT not_overdrawn CHECK (guard * amount_minor >= 0)
) WITH (fillfactor = 50);

CREATE TABLE ledger.anchor (
    anchored_on  date PRIMARY KEY,
    position     integer NOT NULL,
    digest       ledger.sha256 NOT NULL,
    signature    text NOT NULL,
    published_to text NOT NULL,
    previous     ledger.sha256 NOT NULL UNIQUE,
    anchor_digest ledger.sha256 NOT NULL UNIQUE,
    FOREIGN KEY (position, digest) REFERENCES ledger.seal (position, digest)
);
