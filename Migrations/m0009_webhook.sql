-- Webhooks, and the outbox of what they are still to be told.
CREATE TABLE webhook (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- Empty once it is deleted: URLs hold secrets too.
    url TEXT NOT NULL,
    -- JSON arrays: types of events, and name patterns of models. Empty for all.
    events TEXT NOT NULL,
    models TEXT NOT NULL,
    -- JSON array of name patterns: the models of the token that made it, which it never goes beyond.
    scope TEXT NOT NULL,
    description TEXT,
    enabled INTEGER NOT NULL,
    -- 'requested', 'gone', 'failing'; NULL while it is enabled.
    disabled_reason TEXT,
    disabled_ms INTEGER,
    -- What deliveries are signed with. It cannot be a hash: the receiver has the same secret.
    secret TEXT NOT NULL,
    -- The one before, which signs too until that moment.
    old_secret TEXT,
    old_secret_until_ms INTEGER,
    -- Events up to this sequence of the audit log are in the outbox, or did not match.
    cursor INTEGER NOT NULL,
    -- Attempts that failed since the last one that did not, and when the first of them was made.
    failures INTEGER NOT NULL,
    failing_since_ms INTEGER,
    -- Nothing is sent before, since the receiver was not there lately.
    resume_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    deleted_ms INTEGER
) STRICT;

-- One event for one webhook. What is sent is made of the audit log's event each time.
CREATE TABLE webhook_delivery (
    webhook_seq INTEGER NOT NULL REFERENCES webhook (seq),
    -- Sequence of the event in the audit log, which keeps it.
    event_seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    -- 'pending': not tried yet; 'failed': is tried again; 'delivered', 'dead'.
    status TEXT NOT NULL,
    -- Attempts since it was put here, or was asked for again.
    tries INTEGER NOT NULL,
    -- When a failed one is tried again.
    due_ms INTEGER,
    created_ms INTEGER NOT NULL,
    -- When it was delivered, or given up.
    ended_ms INTEGER,
    PRIMARY KEY (webhook_seq, event_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_delivery_status ON webhook_delivery (webhook_seq, status, event_seq);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_seq, due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_ms) WHERE ended_ms IS NOT NULL;

-- Every attempt, numbered from 1.
CREATE TABLE webhook_attempt (
    webhook_seq INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    -- The class of the answer's status, such as '2xx', or why there was none. Nothing else of an answer is ever stored.
    outcome TEXT NOT NULL,
    PRIMARY KEY (webhook_seq, event_seq, number),
    FOREIGN KEY (webhook_seq, event_seq) REFERENCES webhook_delivery (webhook_seq, event_seq)
) STRICT, WITHOUT ROWID;
