-- Attempts to make a version again.
CREATE TABLE reproduction (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version_id INTEGER NOT NULL REFERENCES version (id),
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    -- The content and the evidence that the attempt was compared with.
    manifest_digest BLOB NOT NULL,
    evidence_revision INTEGER NOT NULL,
    tolerance REAL NOT NULL,
    -- 'absolute' or 'relative'.
    tolerance_mode TEXT NOT NULL,
    -- 1 where every metric matched and there was at least one.
    reproduced INTEGER NOT NULL,
    -- The verdict on every metric, as a JSON array.
    verdicts TEXT NOT NULL,
    -- What the attempt said of its environment, as a JSON object; NULL where it said nothing.
    environment TEXT,
    -- Where that differs from the version's manifest, as a JSON array.
    differences TEXT NOT NULL,
    code_commit TEXT,
    data_hash TEXT,
    notes TEXT,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX reproduction_version ON reproduction (version_id, evidence_revision, seq);
