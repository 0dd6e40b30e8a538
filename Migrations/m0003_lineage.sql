-- The lineage graph, the runs that told of it, and assessments of what a change touches.

-- Whatever models come from and touch. Registered versions are nodes of the type 'model' with their model_id as key.
CREATE TABLE lineage_entity (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    -- Its identity within the type.
    key TEXT NOT NULL,
    -- The model by whose name a token's reach is judged; NULL: everybody's.
    model TEXT,
    -- The registered version that it is.
    version_id INTEGER REFERENCES version (id),
    -- Of two entities of which one derives from the other, or is a version of it, that one has the higher rank.
    rank INTEGER NOT NULL,
    -- 'registration', 'deployment', 'consumer', 'event' or 'client': who told of it first.
    origin TEXT NOT NULL,
    name TEXT,
    description TEXT,
    owner TEXT,
    -- JSON objects; NULL: empty. Facets are what events said, by name.
    metadata TEXT,
    facets TEXT,
    -- By facet name when the event happened that said it, in milliseconds.
    facet_times TEXT,
    -- What training it once takes, where that is known.
    training_hours REAL,
    hourly_cost REAL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    removed_ms INTEGER,
    UNIQUE (type, key)
) STRICT;

CREATE INDEX lineage_entity_rank ON lineage_entity (rank);
CREATE INDEX lineage_entity_model ON lineage_entity (model) WHERE model IS NOT NULL;

-- Edges as they are now, the way that data flows. 1 derives_from, 2 version_of, 3 uses_feature and 6 consumes say of their
-- source that it is downstream; 4 generates and 5 influences that it is upstream. Both ends are entities: those are never
-- deleted, so that asking for them again at each of a million edges would find out nothing.
CREATE TABLE lineage_edge (
    upstream INTEGER NOT NULL,
    relationship INTEGER NOT NULL,
    downstream INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    -- As of an entity: 1 registration, 2 deployment, 3 consumer, 4 event, 5 client.
    origin INTEGER NOT NULL,
    -- JSON object; NULL: empty.
    metadata TEXT,
    PRIMARY KEY (upstream, relationship, downstream)
) STRICT, WITHOUT ROWID;

CREATE INDEX lineage_edge_downstream ON lineage_edge (downstream, relationship, upstream);

-- Edges that have ended, as often as they did.
CREATE TABLE lineage_edge_past (
    upstream INTEGER NOT NULL,
    relationship INTEGER NOT NULL,
    downstream INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    metadata TEXT,
    PRIMARY KEY (upstream, relationship, downstream, since_ms)
) STRICT, WITHOUT ROWID;

CREATE INDEX lineage_edge_past_downstream ON lineage_edge_past (downstream, relationship, upstream);

-- Whether a consumer has its edge in the graph.
ALTER TABLE consumer ADD COLUMN in_graph INTEGER NOT NULL DEFAULT 0;

CREATE INDEX consumer_in_graph ON consumer (expires_ms) WHERE in_graph = 1;

-- Runs of jobs as OpenLineage events tell of them.
CREATE TABLE lineage_run (
    run_id TEXT PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES lineage_entity (id),
    parent_run_id TEXT,
    -- The last of START, RUNNING, COMPLETE, ABORT, FAIL and OTHER by the events' own times.
    state TEXT NOT NULL,
    state_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER,
    -- JSON object by facet name.
    facets TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX lineage_run_job ON lineage_run (job_id, state_ms);

-- What somebody found a change to touch.
CREATE TABLE impact_assessment (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    entity_id INTEGER NOT NULL REFERENCES lineage_entity (id),
    -- 'changed', 'updated', 'deprecated', 'removed' or 'faulty'.
    change TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- Whether what is downstream is quarantined until the assessment is closed.
    quarantines INTEGER NOT NULL,
    due_ms INTEGER,
    -- Counts, hours and costs as JSON.
    summary TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    closed_by INTEGER REFERENCES principal (id),
    close_reason TEXT,
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX impact_assessment_quarantining ON impact_assessment (seq) WHERE quarantines = 1 AND closed_ms IS NULL;

-- The checklist of an assessment, in a safe order of retraining.
CREATE TABLE impact_item (
    assessment_id INTEGER NOT NULL REFERENCES impact_assessment (seq),
    position INTEGER NOT NULL,
    entity_id INTEGER NOT NULL REFERENCES lineage_entity (id),
    owner TEXT,
    quarantine_id TEXT REFERENCES quarantine (id),
    acknowledged_ms INTEGER,
    acknowledged_by INTEGER REFERENCES principal (id),
    comment TEXT,
    PRIMARY KEY (assessment_id, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX impact_item_entity ON impact_item (assessment_id, entity_id);
CREATE INDEX impact_item_quarantine ON impact_item (quarantine_id) WHERE quarantine_id IS NOT NULL;
