-- Scans of the compliance rules, what they found, what is done about it, and assessments of risk.

CREATE TABLE compliance_scan (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- 'manual' or 'scheduled'.
    cause TEXT NOT NULL,
    -- 'running', 'finished', 'failed' or 'interrupted'.
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    -- JSON arrays of texts: the frameworks, and name patterns of the models, that were looked at.
    frameworks TEXT NOT NULL,
    models TEXT NOT NULL,
    -- Events of the audit log when it began.
    audit_size INTEGER NOT NULL,
    -- JSON arrays of objects: the rules in the order of the letters of `compliance_result`, and the packs.
    rules TEXT NOT NULL,
    packs TEXT NOT NULL,
    -- JSON objects: outcomes by rule, and violations by what became of them.
    counts TEXT NOT NULL,
    changes TEXT NOT NULL,
    subjects INTEGER NOT NULL,
    error TEXT
) STRICT;

CREATE INDEX compliance_scan_open ON compliance_scan (status) WHERE status = 'running';
CREATE INDEX compliance_scan_finished ON compliance_scan (finished_ms, seq) WHERE status = 'finished';

-- One row for each subject of a scan: a letter for each of its rules, p pass, f fail, n not applicable, w waived, and a
-- dot where the rule is not about subjects of that type.
CREATE TABLE compliance_result (
    scan_seq INTEGER NOT NULL REFERENCES compliance_scan (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    -- 'registry', 'model' or 'version', with the row key of the model or version.
    subject_type TEXT NOT NULL,
    subject_key INTEGER NOT NULL,
    model TEXT,
    version TEXT,
    outcomes TEXT NOT NULL,
    -- What became of its violations, a letter for each: o opened, s seen again, r reopened, c closed.
    effects TEXT NOT NULL,
    PRIMARY KEY (scan_seq, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE compliance_violation (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    -- JSON array of texts.
    frameworks TEXT NOT NULL,
    severity TEXT NOT NULL,
    -- 'registry', 'model' or 'version', with the row key of the model or version, 0 for the registry.
    subject_type TEXT NOT NULL,
    subject_key INTEGER NOT NULL,
    subject_id TEXT NOT NULL,
    model TEXT,
    version TEXT,
    -- JSON object.
    evidence TEXT NOT NULL,
    -- The subject who has to do something, and the part in which they have to.
    owner TEXT,
    owner_role TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    note TEXT,
    opened_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    -- How often a scan found it.
    failures INTEGER NOT NULL,
    closed_ms INTEGER,
    waived_ms INTEGER,
    waived_by INTEGER REFERENCES principal (id),
    waiver_reason TEXT,
    waiver_expires_ms INTEGER,
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (rule, subject_type, subject_key)
) STRICT;

CREATE INDEX compliance_violation_open ON compliance_violation (subject_type, subject_key) WHERE closed_ms IS NULL;
CREATE INDEX compliance_violation_due ON compliance_violation (due_ms, seq) WHERE closed_ms IS NULL;
CREATE INDEX compliance_violation_model ON compliance_violation (model, seq) WHERE model IS NOT NULL;
CREATE INDEX compliance_violation_closed ON compliance_violation (closed_ms, seq) WHERE closed_ms IS NOT NULL;

-- Every step of a violation, in order.
CREATE TABLE compliance_violation_step (
    violation_seq INTEGER NOT NULL REFERENCES compliance_violation (seq),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    -- The scan in which it happened; NULL where somebody did it.
    scan_id TEXT,
    -- JSON object; NULL: nothing to say.
    detail TEXT,
    PRIMARY KEY (violation_seq, position)
) STRICT, WITHOUT ROWID;

-- Who brought a blob first, whoever brings it again. Of blobs that several people had brought before this was noted it
-- is not known.
CREATE TABLE blob_origin (
    digest BLOB PRIMARY KEY REFERENCES blob (digest) ON DELETE CASCADE,
    principal_id INTEGER NOT NULL REFERENCES principal (id)
) STRICT, WITHOUT ROWID;

INSERT INTO blob_origin (digest, principal_id)
SELECT digest, min(principal_id) FROM blob_uploader GROUP BY digest HAVING count(*) = 1;

-- Assessments of a version's risk after its registration; the newest one is kept with the version too.
CREATE TABLE version_risk (
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- JSON object.
    assessment TEXT NOT NULL,
    assessed_ms INTEGER NOT NULL,
    assessed_by INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (version_id, revision)
) STRICT, WITHOUT ROWID;

ALTER TABLE version ADD COLUMN risk TEXT;

CREATE INDEX review_given ON review (at_ms, principal_id) WHERE decision = 'approve';
CREATE INDEX audit_event_publication ON audit_event (object_id) WHERE action = 'publish_version';
