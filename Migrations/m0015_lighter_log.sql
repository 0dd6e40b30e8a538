-- Registrations are most of the log, and each index is paid for by every one of them.

-- Times never fall with the sequence: a moment is found by looking at some twenty rows.
DROP INDEX audit_event_time;

-- Whoever asks for registrations finds them by reading backwards.
DROP INDEX audit_event_action;

CREATE INDEX audit_event_action ON audit_event (action, seq) WHERE action <> 'register_version';

-- The same rule with one look at the last row.
DROP TRIGGER audit_event_follows_the_last;

CREATE TRIGGER audit_event_follows_the_last BEFORE INSERT ON audit_event
WHEN NEW.seq IS NOT coalesce(
    (SELECT CASE WHEN ts_ms <= NEW.ts_ms THEN seq + 1 ELSE -1 END FROM audit_event ORDER BY seq DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE (ABORT, 'audit events are appended without gaps and in the order of their times');
END;
