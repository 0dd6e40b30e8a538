-- What clients did with one entity of the lineage graph, of a log that may hold millions of such events.
CREATE INDEX audit_event_lineage_entity ON audit_event (object_id, seq) WHERE object_type = 'lineage_entity';
