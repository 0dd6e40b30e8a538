-- Lifecycle, governance, policies, observations, rollouts, deployments and consumers.

-- Since when the version is in its state; NULL: since it was registered.
ALTER TABLE version ADD COLUMN state_ms INTEGER;
-- When a deprecated version may be archived at the earliest; NULL in every other state.
ALTER TABLE version ADD COLUMN sunset_ms INTEGER;
-- Counts every change of what reviewers looked at; approvals name it.
ALTER TABLE version ADD COLUMN evidence_revision INTEGER NOT NULL DEFAULT 1;
-- The last change of any deployment of it, e.g. 'deployed_production'.
ALTER TABLE version ADD COLUMN deployment_status TEXT;
-- Quarantines that are not lifted.
ALTER TABLE version ADD COLUMN quarantines INTEGER NOT NULL DEFAULT 0;

-- Never two in production, whatever a service does.
CREATE UNIQUE INDEX version_production ON version (model_id) WHERE state = 'production';
-- Leaves out the state in which versions are born, so that registering costs nothing more.
CREATE INDEX version_state ON version (state, model_id) WHERE state <> 'development';
-- What waits in development, in the order of its row keys: one integer for each.
CREATE INDEX version_in_development ON version (id) WHERE state = 'development' AND status = 'ready' AND deleted_ms IS NULL;

-- Who besides its creator had a hand in a version: files of its draft, its publication, its metrics.
CREATE TABLE version_contributor (
    version_id INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (version_id, principal_id)
) STRICT, WITHOUT ROWID;

-- The state machine, its guards, gates and environments as data. The highest revision is in force.
CREATE TABLE lifecycle_revision (
    revision INTEGER PRIMARY KEY,
    definition TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    -- NULL for the one that a new registry starts with.
    created_by INTEGER REFERENCES principal (id)
) STRICT;

CREATE TABLE state_transition (
    id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES model (id),
    version_id INTEGER NOT NULL REFERENCES version (id),
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    -- 'requested', 'automatic', 'displaced', 'rolled_back', 'restored'.
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    rationale TEXT,
    evidence TEXT,
    rollback_plan TEXT,
    -- JSON array of subjects.
    approvers TEXT NOT NULL,
    lifecycle_revision INTEGER NOT NULL,
    -- What the guards read and found, as JSON, so that another definition can be tried on it.
    facts TEXT,
    guards TEXT NOT NULL,
    -- The version that this one displaced, or that displaced it.
    counterpart_id INTEGER REFERENCES version (id),
    audit_seq INTEGER NOT NULL
) STRICT;

CREATE INDEX state_transition_version ON state_transition (version_id, id);
CREATE INDEX state_transition_model ON state_transition (model_id, to_state, id);
-- What refers to a row is looked for whenever one like it comes or goes.
CREATE INDEX state_transition_counterpart ON state_transition (counterpart_id) WHERE counterpart_id IS NOT NULL;

CREATE TABLE review (
    id TEXT PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id),
    gate TEXT NOT NULL,
    decision TEXT NOT NULL,
    -- JSON object: item to true or false.
    items TEXT NOT NULL,
    comment TEXT,
    evidence TEXT,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    role TEXT NOT NULL,
    manifest_digest BLOB NOT NULL,
    evidence_revision INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX review_version ON review (version_id, at_ms, id);

CREATE TABLE quarantine (
    id TEXT PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id),
    reason TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    opened_by INTEGER NOT NULL REFERENCES principal (id),
    lifted_ms INTEGER,
    lifted_by INTEGER REFERENCES principal (id),
    lift_reason TEXT
) STRICT;

CREATE INDEX quarantine_version ON quarantine (version_id, opened_ms, id);

-- Who else an event was about: an alias that moved, a version that was displaced.
CREATE TABLE audit_subject (
    seq INTEGER NOT NULL REFERENCES audit_event (seq),
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (seq, object_type, object_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_subject_object ON audit_subject (object_type, object_id, seq);

CREATE TRIGGER audit_subject_is_append_only BEFORE DELETE ON audit_subject
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_subject_is_immutable BEFORE UPDATE ON audit_subject
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;

-- A named consumer of a version, until it expires.
CREATE TABLE consumer (
    model_id INTEGER NOT NULL REFERENCES model (id),
    version_id INTEGER NOT NULL REFERENCES version (id),
    name TEXT NOT NULL,
    -- The reference it used last, e.g. '@production'.
    ref TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    PRIMARY KEY (model_id, name, version_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX consumer_version ON consumer (version_id, expires_ms);
CREATE INDEX consumer_expiry ON consumer (expires_ms);

-- One metric of one version as monitoring sees it.
CREATE TABLE observation_series (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES version (id),
    metric TEXT NOT NULL,
    UNIQUE (version_id, metric)
) STRICT;

-- One metric of many versions, as policies ask for it.
CREATE INDEX observation_series_metric ON observation_series (metric, version_id);

-- Single values, kept for some weeks.
CREATE TABLE observation_point (
    series_id INTEGER NOT NULL REFERENCES observation_series (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    -- The span that the value sums up, in seconds, where it is more than a moment.
    window_seconds INTEGER,
    PRIMARY KEY (series_id, at_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX observation_point_age ON observation_point (at_ms);

-- One row for every day (UTC) with values: days since 1970-01-01.
CREATE TABLE observation_day (
    series_id INTEGER NOT NULL REFERENCES observation_series (id) ON DELETE CASCADE,
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    last_ms INTEGER NOT NULL,
    last_value REAL NOT NULL,
    PRIMARY KEY (series_id, day)
) STRICT, WITHOUT ROWID;

-- What days become after some years: months since 1970-01.
CREATE TABLE observation_month (
    series_id INTEGER NOT NULL REFERENCES observation_series (id) ON DELETE CASCADE,
    month INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    last_ms INTEGER NOT NULL,
    last_value REAL NOT NULL,
    PRIMARY KEY (series_id, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The whole policy as JSON, as it was sent.
    definition TEXT NOT NULL,
    mode TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- When the schedule wants it next; NULL without a schedule.
    next_run_ms INTEGER,
    deleted_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX policy_name ON policy (name) WHERE deleted_ms IS NULL;
CREATE INDEX policy_due ON policy (next_run_ms) WHERE deleted_ms IS NULL AND enabled = 1 AND next_run_ms IS NOT NULL;

CREATE TABLE policy_run (
    id TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL REFERENCES policy (id),
    -- The how-manieth run of its policy.
    number INTEGER NOT NULL,
    policy_revision INTEGER NOT NULL,
    -- The policy as it was when it ran, as JSON.
    definition TEXT NOT NULL,
    -- 'manual' or 'scheduled'.
    cause TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    -- 'running', 'finished', 'failed', 'interrupted'.
    status TEXT NOT NULL,
    -- Counts by verdict as JSON.
    counts TEXT NOT NULL,
    error TEXT
) STRICT;

CREATE UNIQUE INDEX policy_run_number ON policy_run (policy_id, number);
CREATE INDEX policy_run_open ON policy_run (status) WHERE status = 'running';

-- The decisions of a run, some hundreds of one verdict a row: a JSON array in the order in which they were made.
CREATE TABLE policy_decisions (
    run_id TEXT NOT NULL REFERENCES policy_run (id) ON DELETE CASCADE,
    verdict TEXT NOT NULL,
    part INTEGER NOT NULL,
    decisions TEXT NOT NULL,
    PRIMARY KEY (run_id, verdict, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollout (
    id TEXT PRIMARY KEY,
    model_id INTEGER NOT NULL REFERENCES model (id),
    version_id INTEGER NOT NULL REFERENCES version (id),
    -- What was in production when it began, and gets the rest of the traffic.
    baseline_id INTEGER NOT NULL REFERENCES version (id),
    -- 'running', 'succeeded', 'aborted'.
    status TEXT NOT NULL,
    -- The plan as JSON, as it was sent, with what was left out filled in.
    plan TEXT NOT NULL,
    -- Which step is being taken, counted from 0.
    step INTEGER NOT NULL,
    -- The version's share of the traffic at that step.
    percent INTEGER NOT NULL,
    step_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    end_reason TEXT,
    -- Every step taken and why, as a JSON array.
    history TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX rollout_running ON rollout (model_id) WHERE status = 'running';
CREATE INDEX rollout_model ON rollout (model_id, created_ms, id);
CREATE INDEX rollout_version ON rollout (version_id);
CREATE INDEX rollout_baseline ON rollout (baseline_id);

CREATE TABLE deployment (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    model_id INTEGER NOT NULL REFERENCES model (id),
    version_id INTEGER NOT NULL REFERENCES version (id),
    environment TEXT NOT NULL,
    -- 'pending', 'deployed', 'failed', 'rolled_back'.
    status TEXT NOT NULL,
    ref TEXT NOT NULL,
    manifest_digest BLOB NOT NULL,
    rationale TEXT,
    detail TEXT,
    -- JSON object: text by name.
    annotations TEXT NOT NULL,
    -- When it last became deployed, and the event of the audit log that says so; NULL: never.
    deployed_ms INTEGER,
    deployed_seq INTEGER,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    updated_by INTEGER NOT NULL REFERENCES principal (id),
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX deployment_created ON deployment (created_ms);
CREATE INDEX deployment_version ON deployment (version_id, environment, created_ms);
CREATE INDEX deployment_model ON deployment (model_id, environment, created_ms);
-- Of those that are deployed in an environment the one that became so last is the current one.
CREATE INDEX deployment_current ON deployment (model_id, environment, deployed_seq) WHERE status = 'deployed';
