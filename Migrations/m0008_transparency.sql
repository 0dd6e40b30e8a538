-- The audit log's Merkle tree and its signed heads.

-- Roots of complete subtrees of 256^level events: all of the tree that is kept beside the events' own hashes. Whatever lies
-- between two levels is hashed again from 256 of them.
CREATE TABLE audit_tile (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_tile_is_immutable BEFORE UPDATE ON audit_tile
BEGIN
    SELECT RAISE (ABORT, 'hashes of the audit log never change');
END;

CREATE TRIGGER audit_tile_is_append_only BEFORE DELETE ON audit_tile
BEGIN
    SELECT RAISE (ABORT, 'hashes of the audit log are kept');
END;

-- Signed heads of the log (C2SP tlog-checkpoint). The note holds size and root too; a reader compares them.
CREATE TABLE audit_checkpoint (
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- A note may get further signatures, but nothing else changes.
CREATE TRIGGER audit_checkpoint_keeps_its_root BEFORE UPDATE ON audit_checkpoint
WHEN NEW.size IS NOT OLD.size OR NEW.root IS NOT OLD.root OR length(NEW.note) < length(OLD.note)
BEGIN
    SELECT RAISE (ABORT, 'checkpoints of the audit log never change');
END;

CREATE TRIGGER audit_checkpoint_is_kept BEFORE DELETE ON audit_checkpoint
BEGIN
    SELECT RAISE (ABORT, 'checkpoints of the audit log are kept');
END;
