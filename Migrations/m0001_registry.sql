-- Times are milliseconds since 1970-01-01T00:00:00Z. JSON is stored as UTF-8 text exactly as it is answered.

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A person or a service. The pseudonym is random and is all that the audit log's public part knows of them.
CREATE TABLE principal (
    id INTEGER PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    secret_hash BLOB NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    models TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER REFERENCES principal (id),
    expires_ms INTEGER,
    revoked_ms INTEGER
) STRICT;

CREATE INDEX token_created ON token (created_ms, id);

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    domain TEXT,
    use_case TEXT,
    owner TEXT,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- How many versions were ever registered; the next one's number is one more.
    registrations INTEGER NOT NULL,
    -- Versions that are neither deleted nor drafts.
    version_count INTEGER NOT NULL,
    deleted_ms INTEGER
) STRICT;

CREATE INDEX model_created ON model (created_ms, id) WHERE deleted_ms IS NULL;

CREATE TABLE version (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES model (id),
    number INTEGER NOT NULL,
    version TEXT NOT NULL,
    -- Bytes whose order is the precedence of Semantic Versioning 2.0.0, section 11.
    precedence BLOB NOT NULL,
    prerelease INTEGER NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    description TEXT,
    tags TEXT NOT NULL,
    metrics TEXT NOT NULL,
    -- The immutable members as one JSON object.
    document TEXT NOT NULL,
    -- What was asked for, hashed: recognises an identical registration.
    request_digest BLOB NOT NULL,
    artifacts_digest BLOB,
    manifest_digest BLOB,
    size_bytes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    expires_ms INTEGER,
    deleted_ms INTEGER,
    UNIQUE (model_id, precedence)
) STRICT;

CREATE UNIQUE INDEX version_number ON version (model_id, number);
-- Releases of any state. Stays before the narrower index that follows: SQLite takes the later of two that both fit.
CREATE INDEX version_release ON version (model_id, precedence) WHERE prerelease = 0;
CREATE INDEX version_latest ON version (model_id, precedence)
    WHERE prerelease = 0 AND status = 'ready' AND deleted_ms IS NULL AND state NOT IN ('deprecated', 'archived');
CREATE INDEX version_created ON version (created_ms, id) WHERE deleted_ms IS NULL;
CREATE INDEX version_expiry ON version (expires_ms) WHERE status = 'draft';

-- One row for every metric, tag and scalar of a version's metadata, for filters and orderings.
CREATE TABLE version_attribute (
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    value ANY NOT NULL,
    PRIMARY KEY (version_id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_revision (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    -- NULL where the metric was withdrawn.
    value REAL,
    previous REAL,
    changed_ms INTEGER NOT NULL,
    changed_by INTEGER NOT NULL REFERENCES principal (id)
) STRICT;

CREATE INDEX metric_revision_version ON metric_revision (version_id, id);

CREATE TABLE artifact (
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    digest BLOB NOT NULL REFERENCES blob (digest),
    media_type TEXT NOT NULL,
    PRIMARY KEY (version_id, path)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifact_digest ON artifact (digest, version_id);

-- A row exists only for bytes that are durable in the blob store.
CREATE TABLE blob (
    digest BLOB PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    format TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who brought a blob and may therefore name it before any version does.
CREATE TABLE blob_uploader (
    digest BLOB NOT NULL REFERENCES blob (digest) ON DELETE CASCADE,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (digest, principal_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    length INTEGER,
    complete INTEGER NOT NULL,
    -- Set when the upload became a blob.
    digest BLOB,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX upload_expiry ON upload (expires_ms);

CREATE TABLE alias (
    model_id INTEGER NOT NULL REFERENCES model (id),
    alias TEXT NOT NULL,
    version_id INTEGER NOT NULL REFERENCES version (id),
    updated_ms INTEGER NOT NULL,
    updated_by INTEGER NOT NULL REFERENCES principal (id),
    revision INTEGER NOT NULL,
    PRIMARY KEY (model_id, alias)
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_version ON alias (version_id);

-- The log. `leaf` is the exact text that is hashed; the other columns repeat what queries need.
CREATE TABLE audit_event (
    seq INTEGER PRIMARY KEY,
    ts_ms INTEGER NOT NULL,
    leaf BLOB,
    leaf_hash BLOB NOT NULL,
    min_retain_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    principal_id INTEGER REFERENCES principal (id),
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    model TEXT,
    version TEXT
) STRICT;

CREATE INDEX audit_event_model ON audit_event (model, seq) WHERE model IS NOT NULL;
CREATE INDEX audit_event_principal ON audit_event (principal_id, seq);
CREATE INDEX audit_event_action ON audit_event (action, seq);
CREATE INDEX audit_event_time ON audit_event (ts_ms, seq);
CREATE INDEX audit_event_alias ON audit_event (object_id, seq) WHERE object_type = 'alias';

-- Values that the leaf only commits to. Erasing a row leaves the log provable.
CREATE TABLE audit_private (
    seq INTEGER NOT NULL REFERENCES audit_event (seq),
    field TEXT NOT NULL,
    salt BLOB NOT NULL,
    value TEXT NOT NULL,
    principal_id INTEGER REFERENCES principal (id),
    PRIMARY KEY (seq, field)
) STRICT, WITHOUT ROWID;

-- Without it, INSERT OR REPLACE would remove a row and fire no trigger.
CREATE TRIGGER audit_event_follows_the_last BEFORE INSERT ON audit_event
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM audit_event)
    OR NEW.ts_ms < (SELECT ts_ms FROM audit_event WHERE seq = NEW.seq - 1)
BEGIN
    SELECT RAISE (ABORT, 'audit events are appended without gaps and in the order of their times');
END;

CREATE TRIGGER audit_event_is_append_only BEFORE DELETE ON audit_event
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_event_is_immutable BEFORE UPDATE ON audit_event
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;

CREATE TABLE idempotency (
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    outcome TEXT NOT NULL,
    resource TEXT NOT NULL,
    etag TEXT,
    body BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (principal_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_age ON idempotency (created_ms);
