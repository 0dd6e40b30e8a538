-- Per-example outcomes of versions. The examples themselves are in a blob; a row never changes.

CREATE TABLE evaluation (
    -- Grows with time, so that the newest is the last.
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version_id INTEGER NOT NULL REFERENCES version (id),
    dataset_id TEXT NOT NULL,
    -- As the client gave it, else that of the examples.
    dataset_digest BLOB NOT NULL,
    -- Over the ids and labels in their order.
    examples_digest BLOB NOT NULL,
    -- Whether examples have ids of their own.
    has_ids INTEGER NOT NULL,
    examples INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    correct INTEGER NOT NULL,
    -- Metrics, and for few classes their confusion, as JSON.
    summary TEXT NOT NULL,
    -- Holds the blob as artifacts do: whatever looks for blobs that nothing refers to looks here too.
    blob_digest BLOB NOT NULL REFERENCES blob (digest),
    created_ms INTEGER NOT NULL,
    created_by INTEGER NOT NULL REFERENCES principal (id)
) STRICT;

CREATE UNIQUE INDEX evaluation_dataset ON evaluation (version_id, dataset_digest);
CREATE INDEX evaluation_blob ON evaluation (blob_digest);
