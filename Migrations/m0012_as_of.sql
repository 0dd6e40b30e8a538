-- What happened to one version, or to a model itself (version IS NULL), by what was done: a past state is put together from
-- few of the events of a model that may have millions.
CREATE INDEX audit_event_place ON audit_event (model, version, action, seq) WHERE model IS NOT NULL;
