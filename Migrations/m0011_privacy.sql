-- Legal holds, the erasure of people's data, and the end of an event's retention.

-- What has to stay as it is, for as long as somebody says so.
CREATE TABLE legal_hold (
    id TEXT PRIMARY KEY,
    -- What is held: a model with all its versions, one version, what is known of a person, or a part of the log. One of them.
    model_id INTEGER REFERENCES model (id),
    version_id INTEGER REFERENCES version (id),
    principal_id INTEGER REFERENCES principal (id),
    -- Events from the first to before the last.
    from_seq INTEGER,
    to_seq INTEGER,
    reason TEXT NOT NULL,
    -- Who is to be asked about it.
    owner TEXT NOT NULL,
    placed_ms INTEGER NOT NULL,
    placed_by INTEGER NOT NULL REFERENCES principal (id),
    released_ms INTEGER,
    released_by INTEGER REFERENCES principal (id),
    release_reason TEXT,
    CHECK ((model_id IS NOT NULL) + (version_id IS NOT NULL) + (principal_id IS NOT NULL) + (from_seq IS NOT NULL) = 1),
    CHECK ((from_seq IS NULL) = (to_seq IS NULL))
) STRICT;

CREATE INDEX legal_hold_in_force ON legal_hold (placed_ms) WHERE released_ms IS NULL;

-- Set where what was known of a person is gone; the subject is then the pseudonym.
ALTER TABLE principal ADD COLUMN erased_ms INTEGER;

-- Requests to erase what is known of a person.
CREATE TABLE erasure (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- NULL where nobody of that name was ever known.
    principal_id INTEGER REFERENCES principal (id),
    -- What to look for, as a JSON array of texts; NULL once it is gone.
    identifiers TEXT,
    basis TEXT NOT NULL,
    -- 'deferred', 'completed'.
    status TEXT NOT NULL,
    -- Why it is deferred: 'legal_hold', 'legal_duty', 'legal_claims'; the holds or the reason; and when it is tried again.
    ground TEXT,
    holds TEXT,
    deferral_reason TEXT,
    rerun_ms INTEGER,
    -- What was removed, and what is left, as JSON; NULL until then.
    outcome TEXT,
    requested_ms INTEGER NOT NULL,
    requested_by INTEGER NOT NULL REFERENCES principal (id),
    completed_ms INTEGER
) STRICT;

-- Events that may lose their texts right now: a row stands here only inside of a transaction that prunes.
CREATE TABLE audit_pruning (
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL
) STRICT;

-- Nothing of an event ever changes, but for one that is pruned: it keeps its place, its time and its hash.
DROP TRIGGER audit_event_is_immutable;

CREATE TRIGGER audit_event_is_immutable BEFORE UPDATE ON audit_event
WHEN NEW.leaf IS NOT NULL OR OLD.leaf IS NULL
    OR NEW.seq IS NOT OLD.seq OR NEW.ts_ms IS NOT OLD.ts_ms OR NEW.leaf_hash IS NOT OLD.leaf_hash
    OR NEW.min_retain_ms IS NOT OLD.min_retain_ms
    OR NOT EXISTS (SELECT 1 FROM audit_pruning WHERE OLD.seq >= from_seq AND OLD.seq < to_seq)
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;
