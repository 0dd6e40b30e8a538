-- A/B experiments.
CREATE TABLE experiment (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    baseline_id INTEGER NOT NULL REFERENCES version (id),
    treatment_id INTEGER NOT NULL REFERENCES version (id),
    -- Traffic split, duration and success criteria as JSON, with what was left out filled in.
    plan TEXT NOT NULL,
    primary_metric TEXT NOT NULL,
    description TEXT,
    business_hypothesis TEXT,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    -- 'running', 'concluded', 'aborted'.
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL,
    -- How often results were looked at.
    looks INTEGER NOT NULL,
    -- NULL while it is running.
    ended_ms INTEGER,
    ended_by INTEGER REFERENCES principal (id),
    rationale TEXT,
    -- Of a concluded one: 'improvement', 'no_improvement', 'inconclusive', 'harm'.
    decision TEXT,
    -- 1 where it was concluded before its plan was fulfilled.
    concluded_early INTEGER NOT NULL,
    -- What was concluded as JSON: `results` and `statistical_conclusion`.
    conclusion TEXT,
    business_conclusion TEXT,
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id),
    updated_ms INTEGER NOT NULL,
    updated_by INTEGER NOT NULL REFERENCES principal (id),
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX experiment_created ON experiment (created_ms);
CREATE INDEX experiment_treatment ON experiment (treatment_id, status);
CREATE INDEX experiment_baseline ON experiment (baseline_id, status);

-- Every time that results were looked at, numbered from 1.
CREATE TABLE experiment_look (
    experiment_seq INTEGER NOT NULL REFERENCES experiment (seq),
    number INTEGER NOT NULL,
    -- The totals until then as JSON: metric to baseline and treatment.
    totals TEXT NOT NULL,
    -- What the tests said of them, as answered.
    analysis TEXT NOT NULL,
    observed_ms INTEGER NOT NULL,
    business_impact TEXT,
    at_ms INTEGER NOT NULL,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    PRIMARY KEY (experiment_seq, number)
) STRICT, WITHOUT ROWID;
