-- What else an event was about goes with its text when it is pruned, and at no other time.
DROP TRIGGER audit_subject_is_append_only;

CREATE TRIGGER audit_subject_is_append_only BEFORE DELETE ON audit_subject
WHEN NOT EXISTS (SELECT 1 FROM audit_pruning WHERE OLD.seq >= from_seq AND OLD.seq < to_seq)
BEGIN
    SELECT RAISE (ABORT, 'audit events are append-only');
END;
