-- Ranks of lineage entities are dealt out by counters. An index over all ranks only told the lowest and the highest of them,
-- and had to be changed with every entity and with every rank that moves.
CREATE TABLE lineage_rank_bounds (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- No entity has a rank outside these.
    lowest INTEGER NOT NULL,
    highest INTEGER NOT NULL
) STRICT;

INSERT INTO lineage_rank_bounds (id, lowest, highest)
SELECT 1, coalesce(min(rank), 0), coalesce(max(rank), 0) FROM lineage_entity;

DROP INDEX lineage_entity_rank;
