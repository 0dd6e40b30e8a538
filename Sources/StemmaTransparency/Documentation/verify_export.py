#!/usr/bin/env python3
"""Verifies an audit export (NDJSON, stemma-audit-export/1) or an evidence pack (tar, stemma-evidence-pack/1) without Stemma.

    python3 verify_export.py FILE --key VKEY [--key VKEY2] [--checkpoint NOTEFILE] [--prev EXPORT]
    python3 verify_export.py --pack FILE --key VKEY [--key VKEY2]

FILE is an export, `-` for standard input. VKEY is the log's verifier key, got on another way than the file. NOTEFILE is
a checkpoint that was kept from before, EXPORT an export that was; with either, the log must have grown from it.

Exit status: 0 verified; 1 tampered (the first bad line and what is wrong with it); 2 unusable input (not an export, no
usable key or checkpoint, unreadable file, or the file cannot show what was asked); 3 verified, but some events have
been pruned.

Needs Python 3.11 and the package `cryptography` (for Ed25519). Reads an export line by line: memory does not grow with the
file. A pack is read as a whole.
The format is described in README.md beside this file.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import json
import math
import re
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("UNUSABLE: the Python package 'cryptography' is not installed", file=sys.stderr)
    sys.exit(2)

VERIFIED, TAMPERED, UNUSABLE, PRUNED = 0, 1, 2, 3

FORMAT = "stemma-audit-export/1"
# Limits of the format. Sizes in bytes; a line counts with its LF.
LINE_BYTES = 16 * 1_048_576
LEAF_BYTES = 65_535
NESTING = 512
LARGEST_INTEGER = 2**53 - 1
NOTE_BYTES = 65_536
KEY_NAME_BYTES = 255
SIGNATURE_LINES = 16
PACK_FORMAT = "stemma-evidence-pack/1"
PACK_BYTES = 1 << 30
# The action of the event that names the digest of a pack's index.
PACK_ERASURE = "erase_subject"
PACK_ACTION = "export_evidence"
PACK_INDEX = "index.json"
PACK_LOG = ("audit/checkpoint.txt", "audit/key.txt", "audit/events.ndjson")
# Pruned ranges that are printed; all are counted.
PRUNED_RANGES_SHOWN = 20

COMMITMENT_CONTEXT = b"stemma.priv.v1"
# What the first byte of a verifier key says that it signs: a note's text, or, as a witness, the text with a time.
ED25519_ALGORITHM = 1
COSIGNATURE_ALGORITHM = 4
SIGNATURE_PREFIX = "\u2014"
# The Unicode property White_Space, which a key name must not contain.
WHITE_SPACE = frozenset(
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
HEX_32_BYTES = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{3}Z")


class Malformed(Exception):
    """A piece of input that breaks the format's rules; says how. Whoever knows where it stood says what follows."""


class TamperedExport(Exception):
    """The export is not what the log's key signed. `line` is that of the first contradiction, counted from 1."""

    def __init__(self, line, reason):
        super().__init__(reason)
        self.line = line


class UnusableInput(Exception):
    """The question cannot be answered with what was given."""


def require(condition, reason):
    if not condition:
        raise Malformed(reason)


def shown(value):
    """A text of the input for a message: short, and harmless to a terminal."""
    text = ascii(value)
    return text if len(text) <= 100 else text[:100] + "..."


# --- JSON -------------------------------------------------------------------------------------------------------------


def members_once(pairs):
    """An object's members; two readers might take different ones of two that have the same name."""
    members = dict(pairs)
    require(len(members) == len(pairs), "an object names a member twice")
    return members


def integer(digits):
    # Longer ones are beyond the exact integers anyway, and Python converts long ones slowly.
    return int(digits) if len(digits) <= 17 else float(digits)


def not_a_number(name):
    raise Malformed(f"{name} is not JSON")


DECODER = json.JSONDecoder(object_pairs_hook=members_once, parse_int=integer, parse_constant=not_a_number)


def parse(text):
    """The value of a JSON text. More lenient than JSON in places, all of which fail to re-encode to the same text."""
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise Malformed(f"nested deeper than {NESTING} levels") from None


def number_text(value):
    """A double as ECMAScript prints it (Number::toString, radix 10), which is RFC 8785 section 3.2.2.3."""
    require(math.isfinite(value), "a number beyond the range of doubles")
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number_text(-value)
    # Python finds the same shortest digits, but lays them out differently.
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.<digits> times ten to the power of `point`.
    point = len(whole) + int(exponent or "0") - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    sign = "+" if power > 0 else "-"
    return digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e" + sign + str(abs(power))


def utf16_order(name):
    return name.encode("utf-16-be")


def string_text(value):
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a string holds half a surrogate pair") from None
    # With ensure_ascii off, json escapes just what RFC 8785 section 3.2.2.2 does, in the same way.
    return json.dumps(value, ensure_ascii=False)


def canonical(value, exact_numbers=False, depth=1):
    """The canonical text of a value (RFC 8785). `exact_numbers` refuses all but integers of at most 2^53 - 1."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return str(value)
    if isinstance(value, (int, float)):
        require(not exact_numbers, "a number that is no integer of at most 2^53 - 1")
        return number_text(float(value))
    require(depth <= NESTING, f"nested deeper than {NESTING} levels")
    parts = []
    if isinstance(value, list):
        for item in value:
            parts.append(canonical(item, exact_numbers, depth + 1))
        return "[" + ",".join(parts) + "]"
    for name in value:
        string_text(name)
    for name in sorted(value, key=utf16_order):
        parts.append(string_text(name) + ":" + canonical(value[name], exact_numbers, depth + 1))
    return "{" + ",".join(parts) + "}"


def is_size(value):
    """Whether a JSON value can be a sequence number or a log's size."""
    return type(value) is int and 0 <= value <= LARGEST_INTEGER


def from_base64(text, what):
    """The bytes of a base64 text that is the only one for them."""
    require(isinstance(text, str), f"{what} is not a string")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Malformed(f"{what} is not base64") from None
    require(base64.b64encode(data).decode("ascii") == text, f"{what} is not canonical base64")
    return data


def hash_from_base64(text, what):
    data = from_base64(text, what)
    require(len(data) == 32, f"{what} is not 32 bytes long")
    return data


def hashes_from_base64(texts, count, what):
    require(isinstance(texts, list), f"{what} is not an array")
    require(len(texts) == count, f"{what} must hold {count} hashes, not {len(texts)}")
    return [hash_from_base64(text, f"a hash in {what}") for text in texts]


def from_hex(text, what):
    require(isinstance(text, str) and HEX_32_BYTES.fullmatch(text), f"{what} is not 64 lowercase hexadecimal digits")
    return bytes.fromhex(text)


# --- Merkle tree (RFC 6962 section 2.1) -------------------------------------------------------------------------------


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The roots of the largest complete subtrees of the first `size` leaves, left to right: one per one-bit of `size`.

    Its root is known at each size that it passes; `watched` names sizes whose roots are to be kept in `roots`.
    """

    def __init__(self, watched):
        self.size = 0
        self.nodes = []
        self.watched = watched
        self.roots = {}
        self.keep_root()

    def append(self, subtree, level=0):
        """Appends a complete subtree of 2^level leaves; `size` must be a multiple of that."""
        index = self.size >> level
        while index & 1:
            subtree = node_hash(self.nodes.pop(), subtree)
            index >>= 1
        self.nodes.append(subtree)
        self.size += 1 << level
        self.keep_root()

    def keep_root(self):
        if self.size in self.watched:
            self.roots[self.size] = self.root()

    def root(self):
        if not self.nodes:
            return hashlib.sha256(b"").digest()
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def left_levels(size):
    """The levels of the subtrees that a compact range of `size` leaves consists of, left to right."""
    return [level for level in reversed(range(size.bit_length())) if size >> level & 1]


def right_levels(start, end):
    """The levels of the complete, aligned subtrees that follow one another from leaf `start` to before leaf `end`."""
    levels = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        levels.append(level)
        start += 1 << level
    return levels


def check_consistency(old_size, old_root, size, root, proof):
    """Raises unless `proof` shows the older tree to be the beginning of the other (RFC 9162 section 2.1.4.2)."""
    require(old_size <= size, "its older tree is larger than the checkpoint's")
    if old_size in (0, size):
        require(not proof, "its proof must be empty")
        require(old_root == (root if old_size else hashlib.sha256(b"").digest()), "its root is wrong")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    require(path, "its proof is too short")
    first, last = old_size - 1, size - 1
    while first & 1:
        first >>= 1
        last >>= 1
    old = new = path[0]
    for step in path[1:]:
        require(last > 0, "its proof is too long")
        if first & 1 or first == last:
            old = node_hash(step, old)
            new = node_hash(step, new)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        first >>= 1
        last >>= 1
    require(last == 0, "its proof is too short")
    require(old == old_root, "its proof does not lead to its own root")
    require(new == root, "its proof does not lead to the checkpoint's root")


def inclusion_root(leaf, index, size, proof):
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2)."""
    require(0 <= index < size, "the event is not within the checkpoint's log")
    node, last, root = index, size - 1, leaf
    for step in proof:
        require(last > 0, "the proof is too long")
        if node & 1 or node == last:
            root = node_hash(step, root)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, step)
        node >>= 1
        last >>= 1
    require(last == 0, "the proof is too short")
    return root


# --- Verifier keys and signed checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) -----------------------


def is_control(character):
    return ord(character) < 0x20 or ord(character) == 0x7F


def is_key_name(name):
    return 1 <= len(name.encode("utf-8", "replace")) <= KEY_NAME_BYTES and not any(
        c == "+" or c in WHITE_SPACE or is_control(c) for c in name
    )


class VerifierKey:
    """The public key of a log or of a witness: `name+id+base64(algorithm, key)` (signed-note, tlog-cosignature)."""

    def __init__(self, text):
        """Raises `Malformed` for anything but the one text of an Ed25519 key."""
        require(isinstance(text, str), "a verifier key is not a string")
        parts = text.split("+", 2)
        require(len(parts) == 3 and is_key_name(parts[0]), "a verifier key is not name+id+key")
        self.text = text
        self.name = parts[0]
        require(re.fullmatch(r"[0-9a-f]{8}", parts[1]), "a verifier key's id is not 8 lowercase hexadecimal digits")
        self.id = bytes.fromhex(parts[1])
        data = from_base64(parts[2], "a verifier key's last part")
        known = len(data) == 33 and data[0] in (ED25519_ALGORITHM, COSIGNATURE_ALGORITHM)
        require(known, "a verifier key is not an Ed25519 key")
        self.is_witness = data[0] == COSIGNATURE_ALGORITHM
        self.key = data[1:]
        expected = hashlib.sha256(self.name.encode("utf-8") + b"\n" + data).digest()[:4]
        require(self.id == expected, "a verifier key's id is not that of its name and key")

    def verifies(self, signature, text):
        if self.is_witness:
            # Eight bytes of time, in seconds since 1970, stand before the signature and in what it signs.
            text = b"cosignature/v1\ntime %d\n%b" % (int.from_bytes(signature[:8], "big"), text)
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text)
        except InvalidSignature:
            return False
        return True


class Checkpoint:
    """What a log signed of itself: so many leaves, this root."""

    def __init__(self, note, keys):
        """Raises `Malformed` unless the note is a checkpoint that one of `keys` signed in the log's own name.

        Signatures by others are left alone, they say nothing to whoever does not know their keys. A wrong signature in
        the name of one of `keys` is not.
        """
        require(len(note.encode("utf-8")) <= NOTE_BYTES, f"the checkpoint is longer than {NOTE_BYTES} bytes")
        require(not any(is_control(c) and c != "\n" for c in note), "the checkpoint holds a control character")
        body, separator, signatures = note.partition("\n\n")
        lines = body.split("\n")
        require(separator and len(lines) == 3, "the checkpoint is not three lines, an empty line and signatures")
        self.origin = lines[0]
        require(is_key_name(self.origin), "the checkpoint's origin is not a key name")
        require(DECIMAL.fullmatch(lines[1]), "the checkpoint's size is not a decimal number")
        self.size = int(lines[1])
        require(self.size <= LARGEST_INTEGER, "the checkpoint's size is beyond 2^53 - 1")
        self.root = hash_from_base64(lines[2], "the checkpoint's root")
        # Name and key id of each signature line.
        self.signatures = []
        # Those of the given keys that signed: in the log's name, and as witnesses.
        self.signers = []
        self.witnesses = []
        self.open(signatures, (body + "\n").encode("utf-8"), keys)

    def open(self, signatures, text, keys):
        require(signatures.endswith("\n"), "the checkpoint does not end in a signature line and LF")
        lines = signatures[:-1].split("\n")
        require(len(lines) <= SIGNATURE_LINES, f"the checkpoint has more than {SIGNATURE_LINES} signature lines")
        for line in lines:
            parts = line.split(" ")
            require(
                len(parts) == 3 and parts[0] == SIGNATURE_PREFIX and is_key_name(parts[1]),
                "a signature line of the checkpoint is malformed",
            )
            blob = from_base64(parts[2], "a signature of the checkpoint")
            require(len(blob) > 4, "a signature of the checkpoint is too short")
            self.signatures.append((parts[1], blob[:4]))
            for key in keys:
                if key.name == parts[1] and key.id == blob[:4]:
                    require(key.verifies(blob[4:], text), f"the signature by {key.name}+{key.id.hex()} is wrong")
                    if key.is_witness:
                        self.witnesses.append(key)
                    elif key.name == self.origin:
                        self.signers.append(key)
        require(self.signers, "none of the given keys has signed the checkpoint in the log's name")


# --- The export -------------------------------------------------------------------------------------------------------


class Lines:
    """The lines of a byte stream, counted, none of them longer than `LINE_BYTES`."""

    def __init__(self, stream):
        self.stream = stream
        self.number = 0

    def next(self):
        """The next line without its LF; None at the end. Raises `Malformed`."""
        self.number += 1
        line = self.stream.readline(LINE_BYTES)
        if not line:
            return None
        if not line.endswith(b"\n"):
            raise Malformed(
                f"longer than {LINE_BYTES} bytes" if len(line) == LINE_BYTES else "the file ends before the line does"
            )
        try:
            return line[:-1].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"not UTF-8 at byte {error.start + 1}") from None


# The members of each type of line, in their order; those of the second tuple may be missing.
MEMBERS = {
    "header": (("type", "format", "origin", "vkeys", "from", "to", "left"), ()),
    "event": (("type", "seq", "leaf", "leaf_hash"), ("priv",)),
    "pruned": (("type", "seq", "leaf_hash"), ()),
    "footer": (("type", "checkpoint", "right"), ("consistency",)),
}
CONSISTENCY_MEMBERS = ("from", "root", "proof")


def object_text(members, names, depth=1):
    """The canonical text of an object whose members have an order of their own."""
    parts = []
    for name in names:
        value = members[name]
        if name == "consistency":
            require(isinstance(value, dict) and set(value) == set(CONSISTENCY_MEMBERS), "consistency has other members")
            text = object_text(value, CONSISTENCY_MEMBERS, depth + 1)
        else:
            text = canonical(value, depth=depth + 1)
        parts.append(string_text(name) + ":" + text)
    return "{" + ",".join(parts) + "}"


def require_line(text, line):
    """Raises unless the parsed line has the members of its type, in their order and in the one text for them."""
    required, optional = MEMBERS[line["type"]]
    missing = [name for name in required if name not in line]
    require(not missing, f"a line of type {line['type']} lacks {', '.join(missing)}")
    unknown = sorted(set(line) - set(required) - set(optional))
    require(not unknown, f"a line of type {line['type']} has unknown members: {shown(unknown)}")
    names = required + tuple(name for name in optional if name in line)
    require(object_text(line, names) == text, "not the canonical text of its content")


class Leaves:
    """What is checked of each event's text, wherever it stands."""

    def __init__(self):
        self.last_time = None
        self.events = self.opened = 0

    def take_leaf(self, line, sequence, claimed):
        text = line["leaf"]
        require(isinstance(text, str), "leaf is not a string")
        data = text.encode("utf-8")
        require(len(data) <= LEAF_BYTES, f"leaf is longer than {LEAF_BYTES} bytes")
        require(leaf_hash(data) == claimed, "leaf_hash is not that of the leaf")
        try:
            leaf = parse(text)
            same = canonical(leaf, exact_numbers=True) == text
        except Malformed as error:
            raise Malformed(f"leaf: {error}") from None
        require(same, "leaf is not canonical JSON")
        require(isinstance(leaf, dict), "leaf is not an object")
        require(is_size(leaf.get("seq")) and leaf["seq"] == sequence, "the leaf's own seq is another")
        self.take_time(leaf.get("ts"))
        self.open_commitments(line, leaf.get("priv", {}))
        self.events += 1
        return leaf

    def take_time(self, time):
        match = TIME.fullmatch(time) if isinstance(time, str) else None
        require(match, "the leaf's ts is not a time in UTC with milliseconds")
        try:
            datetime.datetime(*(int(part) for part in match.groups()))
        except ValueError:
            raise Malformed("the leaf's ts is not a time that exists") from None
        require(self.last_time is None or self.last_time <= time, "the leaf's ts is before that of an earlier event")
        self.last_time = time

    def open_commitments(self, line, commitments):
        require(isinstance(commitments, dict), "the leaf's priv is not an object")
        for commitment in commitments.values():
            from_hex(commitment, "a commitment in the leaf's priv")
        if "priv" not in line:
            return
        require(isinstance(line["priv"], dict) and line["priv"], "priv is not an object with members")
        for field, revealed in line["priv"].items():
            name = shown(field)
            known = isinstance(revealed, dict) and set(revealed) == {"salt", "value"}
            require(known, f"priv {name} is not salt and value")
            salt = from_hex(revealed["salt"], f"the salt of priv {name}")
            message = b"\x00".join(
                [COMMITMENT_CONTEXT, field.encode("utf-8"), canonical(revealed["value"]).encode("utf-8")]
            )
            require(field in commitments, f"priv {name} is not a private field of the leaf")
            require(
                hmac.new(salt, message, hashlib.sha256).hexdigest() == commitments[field],
                f"priv {name} is not what the leaf commits to",
            )
            self.opened += 1


class Export(Leaves):
    """One pass over an export. After `verify`, its public members say what was verified."""

    def __init__(self, stream, keys, watched=frozenset()):
        super().__init__()
        self.lines = Lines(stream)
        self.keys = keys
        self.range = CompactRange(watched)
        self.origin = None
        self.start = self.end = 0
        # The log's keys as the header lists them, with their ids: compared with, never trusted.
        self.vkeys = {}
        self.checkpoint = None
        self.footer_line = 0
        # Size and root of the older tree that the footer proves consistency with.
        self.older = None
        self.pruned = 0
        # The first ranges of pruned events, each from and up to but not including.
        self.pruned_ranges = []
        self.pruned_range_count = 0
        self.last_pruned = None

    def verify(self):
        """Raises `UnusableInput` where the file is no export, and `TamperedExport` for the first fault of one."""
        header = self.read_header()
        try:
            self.take_header(*header)
            for sequence in range(self.start, self.end):
                self.take_event(sequence)
            self.take_footer()
            require(self.lines.next() is None, "the file goes on after its footer")
        except Malformed as error:
            raise TamperedExport(self.lines.number, str(error)) from None
        return self

    def read_header(self):
        try:
            text = self.lines.next()
            line = None if text is None else parse(text)
        except Malformed as error:
            raise UnusableInput(f"not an audit export: line 1: {error}") from None
        if not isinstance(line, dict) or line.get("type") != "header" or line.get("format") != FORMAT:
            raise UnusableInput(f"not an audit export: line 1 is not a header of format {FORMAT}")
        return text, line

    def take_header(self, text, line):
        require_line(text, line)
        self.origin = line["origin"]
        require(isinstance(self.origin, str) and is_key_name(self.origin), "origin is not a key name")
        vkeys = line["vkeys"]
        require(isinstance(vkeys, list) and vkeys, "vkeys is not an array of keys")
        for vkey in map(VerifierKey, vkeys):
            require(vkey.name == self.origin and not vkey.is_witness, "a key in vkeys is not one of the origin's")
            require(vkey.text not in self.vkeys, "vkeys holds a key twice")
            self.vkeys[vkey.text] = vkey.id
        self.start, self.end = line["from"], line["to"]
        require(is_size(self.start) and is_size(self.end), "from or to is not an integer from 0 to 2^53 - 1")
        require(self.start <= self.end, "from is beyond to")
        levels = left_levels(self.start)
        for subtree, level in zip(hashes_from_base64(line["left"], len(levels), "left"), levels):
            self.range.append(subtree, level)
        known = any(key.name == self.origin and not key.is_witness for key in self.keys)
        require(known, f"the export is of the log {shown(self.origin)}, and none of the given keys is of that log")

    def next_line(self, what):
        """Text and content of the next line, whose type is one of those known."""
        text = self.lines.next()
        require(text is not None, f"the file ends where {what} is expected")
        line = parse(text)
        require(isinstance(line, dict) and "type" in line, "not an object with a type")
        kind = line["type"]
        require(isinstance(kind, str) and kind in MEMBERS, "a line of unknown type")
        return text, line

    def take_event(self, sequence):
        what = f"event {sequence}"
        text, line = self.next_line(what)
        require(line["type"] in ("event", "pruned"), f"a line of type {line['type']} stands where {what} is expected")
        require_line(text, line)
        require(is_size(line["seq"]) and line["seq"] == sequence, f"seq is not {sequence}, which is next")
        claimed = from_hex(line["leaf_hash"], "leaf_hash")
        if line["type"] == "event":
            self.take_leaf(line, sequence, claimed)
        else:
            self.take_pruned(sequence)
        self.range.append(claimed)

    def take_pruned(self, sequence):
        self.pruned += 1
        if self.last_pruned == sequence - 1:
            if self.pruned_range_count <= PRUNED_RANGES_SHOWN:
                self.pruned_ranges[-1][1] = sequence + 1
        else:
            self.pruned_range_count += 1
            if self.pruned_range_count <= PRUNED_RANGES_SHOWN:
                self.pruned_ranges.append([sequence, sequence + 1])
        self.last_pruned = sequence

    def take_footer(self):
        text, line = self.next_line("the footer")
        require(line["type"] == "footer", f"a line of type {line['type']} stands where the footer is expected")
        require_line(text, line)
        self.footer_line = self.lines.number
        require(isinstance(line["checkpoint"], str), "checkpoint is not a string")
        self.checkpoint = Checkpoint(line["checkpoint"], self.keys)
        require(self.checkpoint.origin == self.origin, "the checkpoint is of another log than the header says")
        for name, key_id in self.checkpoint.signatures:
            # So no signature of the log's keys turns into one of an unknown key when a byte of its line changes.
            require(
                (name == self.origin) == (key_id in self.vkeys.values()),
                "a signature in the log's name is not by a key of the header's vkeys, or one by them not in its name",
            )
        for key in self.checkpoint.signers:
            require(key.text in self.vkeys, "the header's vkeys lack a key that signed the checkpoint")
        require(self.checkpoint.size >= self.end, "the checkpoint's log ends before the header's range does")
        levels = right_levels(self.end, self.checkpoint.size)
        for subtree, level in zip(hashes_from_base64(line["right"], len(levels), "right"), levels):
            self.range.append(subtree, level)
        require(
            self.range.root() == self.checkpoint.root,
            "the root over left, the events and right is not the root that was signed: a hash among them is another",
        )
        if "consistency" in line:
            self.take_consistency(line["consistency"])

    def take_consistency(self, members):
        try:
            require(is_size(members["from"]), "its from is not an integer from 0 to 2^53 - 1")
            root = hash_from_base64(members["root"], "its root")
            require(isinstance(members["proof"], list), "its proof is not an array")
            proof = [hash_from_base64(text, "a hash in its proof") for text in members["proof"]]
            check_consistency(members["from"], root, self.checkpoint.size, self.checkpoint.root, proof)
        except Malformed as error:
            raise Malformed(f"consistency: {error}") from None
        self.older = (members["from"], root)

    def require_grown_from(self, older, name):
        """Raises unless this export's checkpoint is of the older one's log, grown or the same."""
        if older.origin != self.origin:
            raise UnusableInput(f"{name} is of another log, {shown(older.origin)}")
        size = older.size
        if size > self.checkpoint.size:
            raise TamperedExport(
                self.footer_line,
                f"the log has {self.checkpoint.size} events, but had {size} when {name} was signed: "
                "events were cut off, unless the export is the older of the two",
            )
        root = self.range.roots.get(size)
        if root is None and self.older and self.older[0] == size:
            root = self.older[1]
        if root is None:
            raise UnusableInput(
                f"the export verifies by itself, but cannot show that it is consistent with {name} of size {size}: "
                f"it needs a range that includes {size}, or a consistency proof from {size}"
            )
        if root != older.root:
            raise TamperedExport(self.footer_line, f"inconsistent with {name}: the log had another root at size {size}")


# --- The pack ---------------------------------------------------------------------------------------------------------


class TamperedPack(Exception):
    """The pack is not what the log's key vouches for; says in which file."""


def tar_header(path, size, seconds):
    """The one header for a file: plain ustar, so that what is read can be compared with what would be written."""
    block = bytearray(512)

    def put(text, at):
        block[at : at + len(text)] = text

    put(path, 0)
    put(b"0000644", 100)
    put(b"0000000", 108)
    put(b"0000000", 116)
    put(b"%011o" % size, 124)
    put(b"%011o" % seconds, 136)
    put(b" " * 8, 148)
    put(b"0", 156)
    put(b"ustar", 257)
    put(b"00", 263)
    put(b"%06o" % sum(block), 148)
    block[154] = 0
    return bytes(block)


def read_pack(data):
    """The files of a pack by path. Raises `Malformed` for any archive that is not written in the one way."""
    files = {}
    position = 0
    while data[position : position + 1] != b"\x00":
        block = data[position : position + 512]
        require(len(block) == 512, "the archive ends too early")
        path = block[:100].split(b"\x00")[0]
        require(all(0x21 <= byte < 0x7F for byte in path), "a path has other characters than packs have")
        try:
            size, seconds = (int(block[at : at + 11], 8) for at in (124, 136))
        except ValueError:
            raise Malformed("a header has no size or no time") from None
        require(size >= 0 and seconds >= 0, "a header has no size or no time")
        require(tar_header(path, size, seconds) == block, "a header is not written as packs are")
        start, end = position + 512, position + 512 + size
        following = end + -size % 512
        require(following <= len(data), "the archive ends too early")
        require(not any(data[end:following]), "there is something between two files")
        name = path.decode("ascii")
        require(name not in files, f"{shown(name)} is there twice")
        files[name] = data[start:end]
        position = following
    require(data[position:] == bytes(1024), "the archive does not end as packs do")
    return files


class Pack(Leaves):
    """A verified pack. Its public members say what was verified."""

    EVENT_MEMBERS = ("type", "seq", "leaf", "leaf_hash", "proof")
    PRUNED_MEMBERS = ("type", "seq", "leaf_hash", "proof")

    def __init__(self, data, keys):
        super().__init__()
        self.keys = keys
        self.pruned = 0
        self.last_leaf = None
        self.last_sequence = -1
        # Version and digest of each publication, and digests of the lifecycles that transitions obeyed.
        self.publications = set()
        self.lifecycles = set()
        # Versions from whose records a person was erased, as the log tells.
        self.erasures = set()
        self.is_erased = False
        self.place = "the archive"
        try:
            self.verify(read_pack(data))
        except Malformed as error:
            raise TamperedPack(f"{self.place}: {error}") from None

    def verify(self, files):
        self.place = "the archive"
        for path in (PACK_INDEX, "manifest.json", "artifacts.json", *PACK_LOG):
            require(path in files, f"{path} is missing")
        self.take_head(self.text(files, "audit/checkpoint.txt"), self.text(files, "audit/key.txt"))
        self.take_events(self.text(files, "audit/events.ndjson"))
        self.take_index(files)
        self.take_manifest(files)
        for path in sorted(files):
            if path.startswith("lifecycle/"):
                self.place = path
                require(path == f"lifecycle/{hashlib.sha256(files[path]).hexdigest()}.json", "not what its name says")
        for digest in sorted(self.lifecycles):
            self.place = f"lifecycle/{digest}.json"
            require(self.place in files, "missing")
        self.file_count = len(files)

    def text(self, files, path):
        self.place = path
        try:
            return files[path].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"not UTF-8 at byte {error.start + 1}") from None

    def take_head(self, note, listed):
        self.place = "audit/key.txt"
        require(listed.endswith("\n"), "not a key a line")
        known = [VerifierKey(line) for line in listed[:-1].split("\n")]
        self.place = "audit/checkpoint.txt"
        self.checkpoint = Checkpoint(note, self.keys)
        for key in known:
            require(key.name == self.checkpoint.origin and not key.is_witness, "audit/key.txt names a key of another log")
        ids = {key.id for key in known}
        for name, key_id in self.checkpoint.signatures:
            require(
                (name == self.checkpoint.origin) == (key_id in ids),
                "a signature in the log's name is not by a key of audit/key.txt, or one by them not in its name",
            )
        texts = {key.text for key in known}
        for key in self.checkpoint.signers:
            require(key.text in texts, "audit/key.txt lacks a key that signed the checkpoint")

    def take_events(self, text):
        self.place = "audit/events.ndjson"
        require(text.endswith("\n"), "the last line does not end")
        for number, line in enumerate(text[:-1].split("\n"), 1):
            self.place = f"audit/events.ndjson: line {number}"
            self.take_line(line)

    def take_line(self, text):
        line = parse(text)
        require(isinstance(line, dict) and line.get("type") in ("event", "pruned"), "neither an event nor a pruned one")
        names = self.EVENT_MEMBERS if line["type"] == "event" else self.PRUNED_MEMBERS
        if line["type"] == "event" and "priv" in line:
            names += ("priv",)
        require(set(line) == set(names), "it lacks members, or has others")
        require(object_text(line, names) == text, "not the canonical text of its content")
        sequence = line["seq"]
        require(is_size(sequence) and sequence > self.last_sequence, "seq is not beyond that of the event before")
        self.last_sequence = sequence
        claimed = from_hex(line["leaf_hash"], "leaf_hash")
        if line["type"] == "event":
            self.last_leaf = self.take_leaf(line, sequence, claimed)
            self.note(self.last_leaf)
        else:
            self.last_leaf = None
            self.pruned += 1
        require(isinstance(line["proof"], list), "proof is not an array")
        proof = [hash_from_base64(step, "a hash in proof") for step in line["proof"]]
        require(
            inclusion_root(claimed, sequence, self.checkpoint.size, proof) == self.checkpoint.root,
            "the proof does not lead to the signed root",
        )

    def note(self, leaf):
        detail, place = leaf.get("detail"), leaf.get("object")
        if leaf.get("outcome") != "success" or not isinstance(detail, dict) or not isinstance(place, dict):
            return
        if leaf.get("action") == PACK_ERASURE and isinstance(detail.get("versions"), list):
            self.erasures.update(str(version) for version in detail["versions"])
        if leaf.get("action") in ("register_version", "publish_version"):
            self.publications.add((str(place.get("id")), str(detail.get("manifest_digest"))))
        if "to_state" in detail and isinstance(detail.get("lifecycle_digest"), str):
            self.lifecycles.add(detail["lifecycle_digest"].removeprefix("sha256:"))

    def take_index(self, files):
        index = parse(self.text(files, PACK_INDEX))
        require(isinstance(index, dict) and index.get("format") == PACK_FORMAT, f"not of format {PACK_FORMAT}")
        self.model_id, self.manifest_digest = index.get("model_id"), index.get("manifest_digest")
        export = self.last_leaf or {}
        named = isinstance(export.get("detail"), dict) and isinstance(export.get("object"), dict)
        require(named and export.get("action") == PACK_ACTION, "the last event is not that of this export")
        require(export["object"].get("id") == self.model_id, "the log tells of an export of another version")
        digest = "sha256:" + hashlib.sha256(files[PACK_INDEX]).hexdigest()
        require(export["detail"].get("index_digest") == digest, "it is not the index that the log names")
        rest = set(files) - {PACK_INDEX, *PACK_LOG}
        require(isinstance(index.get("files"), list), "it names no files")
        for entry in index["files"]:
            require(isinstance(entry, dict) and isinstance(entry.get("path"), str), "it names no files")
            self.place = entry["path"]
            require(self.place in rest, "missing")
            rest.remove(self.place)
            data = files[self.place]
            same = entry.get("size_bytes") == len(data) and entry.get("sha256") == hashlib.sha256(data).hexdigest()
            require(same, "not what the index says")
        if rest:
            self.place = min(rest)
            raise Malformed("the index does not name it")

    def take_manifest(self, files):
        manifest = parse(self.text(files, "manifest.json"))
        digest = "sha256:" + hashlib.sha256(files["manifest.json"]).hexdigest()
        # An erasure that the log tells of is the one reason for another text.
        self.is_erased = digest != self.manifest_digest
        require(not self.is_erased or self.model_id in self.erasures, "not what the index says")
        published = (self.model_id, self.manifest_digest) in self.publications
        require(published, "no event of the version's publication commits to it")
        require(isinstance(manifest, dict), "not an object")
        named = f"{manifest.get('model')}_v{manifest.get('version')}"
        require(named == self.model_id, "of another version")
        listed = parse(self.text(files, "artifacts.json"))
        require(isinstance(listed, dict) and isinstance(listed.get("items"), list), "it lists no files")

        def named_files(items):
            return [(item.get("path"), item.get("digest")) for item in items if isinstance(item, dict)]

        same = named_files(listed["items"]) == named_files(manifest.get("artifacts") or [])
        require(same, "it lists other files than the manifest")


def verify_pack(path, keys):
    """Exit status and what to print."""
    name = file_name(path)
    try:
        with sys.stdin.buffer if path == "-" else open(path, "rb") as stream:
            data = stream.read(PACK_BYTES + 1)
    except OSError as error:
        raise UnusableInput(f"{name}: {error.strerror or error}") from None
    if len(data) > PACK_BYTES or data[257:262] != b"ustar":
        raise UnusableInput(f"{name}: not an evidence pack")
    try:
        pack = Pack(data, keys)
    except TamperedPack as error:
        raise TamperedExport(0, f"{name}: {error}") from None
    checkpoint = pack.checkpoint
    signers = ", ".join(dict.fromkeys(f"{key.name}+{key.id.hex()}" for key in checkpoint.signers))
    lines = [
        f"VERIFIED{' with pruned events' if pack.pruned else ''}: {name}",
        f"{pack.model_id}, manifest {pack.manifest_digest}, {pack.file_count} files",
        f"{pack.events} events whole, {pack.pruned} pruned, {pack.opened} private values revealed",
        f"log {checkpoint.origin}, size {checkpoint.size}, signed by {signers}",
    ]
    if pack.is_erased:
        lines.insert(2, "a person was erased from the record since its publication: manifest.json is not what was published")
    return (PRUNED if pack.pruned else VERIFIED), "\n  ".join(lines)


# --- Command line -----------------------------------------------------------------------------------------------------


def file_name(path):
    return "standard input" if path == "-" else path


def verify_file(path, keys, watched=frozenset()):
    """The verified export at `path`; faults are said with its name."""
    name = file_name(path)
    try:
        if path == "-":
            return Export(sys.stdin.buffer, keys, watched).verify()
        with open(path, "rb") as stream:
            return Export(stream, keys, watched).verify()
    except OSError as error:
        raise UnusableInput(f"{name}: {error.strerror or error}") from None
    except UnusableInput as error:
        raise UnusableInput(f"{name}: {error}") from None
    except TamperedExport as error:
        raise TamperedExport(error.line, f"{name}: line {error.line}: {error}") from None


def read_checkpoint(path, keys):
    try:
        with open(path, "rb") as stream:
            data = stream.read(LINE_BYTES + 1)
        require(len(data) <= LINE_BYTES, f"longer than {LINE_BYTES} bytes")
        return Checkpoint(data.decode("utf-8"), keys)
    except OSError as error:
        raise UnusableInput(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UnusableInput(f"{path}: not UTF-8") from None
    except Malformed as error:
        raise UnusableInput(f"{path}: {error}") from None


def read_keys(texts):
    keys = []
    for text in texts:
        try:
            key = VerifierKey(text)
            key.name.encode("utf-8")
        except (Malformed, UnicodeEncodeError) as error:
            raise UnusableInput(f"--key {shown(text)}: {error}") from None
        if key.text not in [known.text for known in keys]:
            keys.append(key)
    return keys


def describe(export):
    """What was verified, a line each."""
    checkpoint = export.checkpoint
    signers = ", ".join(dict.fromkeys(f"{key.name}+{key.id.hex()}" for key in checkpoint.signers))
    root = base64.b64encode(checkpoint.root).decode("ascii")
    lines = [
        f"log {export.origin}, size {checkpoint.size}, root {root}, signed by {signers}",
        f"from event {export.start} to before {export.end}: {export.events} whole, {export.pruned} pruned, "
        f"{export.opened} private values revealed",
    ]
    if checkpoint.witnesses:
        witnesses = dict.fromkeys(f"{key.name}+{key.id.hex()}" for key in checkpoint.witnesses)
        lines.append("cosigned by " + ", ".join(witnesses))
    if export.start > 0 or export.end < checkpoint.size:
        others = checkpoint.size - (export.end - export.start)
        lines.append(f"{others} of the log's {checkpoint.size} events are not in this file")
    if export.pruned:
        ranges = [f"{start}" if end - start == 1 else f"{start}-{end - 1}" for start, end in export.pruned_ranges]
        more = export.pruned_range_count - len(ranges)
        lines.append("pruned: " + ", ".join(ranges) + (f" and {more} more ranges" if more else ""))
    return lines


def run(arguments):
    """Exit status and what to print."""
    keys = read_keys(arguments.key)
    if arguments.pack:
        if arguments.checkpoint is not None or arguments.prev is not None:
            raise UnusableInput("--checkpoint and --prev are for exports")
        return verify_pack(arguments.file, keys)
    if arguments.prev == "-":
        raise UnusableInput("--prev must be a file, standard input can only be the export itself")
    older = []
    if arguments.checkpoint is not None:
        older.append((read_checkpoint(arguments.checkpoint, keys), f"--checkpoint {arguments.checkpoint}"))
    if arguments.prev is not None:
        older.append((verify_file(arguments.prev, keys).checkpoint, f"--prev {arguments.prev}"))
    export = verify_file(arguments.file, keys, frozenset(checkpoint.size for checkpoint, _ in older))
    lines = describe(export)
    for checkpoint, name in older:
        try:
            export.require_grown_from(checkpoint, name)
        except TamperedExport as error:
            raise TamperedExport(error.line, f"{file_name(arguments.file)}: line {error.line}: {error}") from None
        lines.append(f"consistent with {name}, size {checkpoint.size}")
    verdict = "VERIFIED with pruned events" if export.pruned else "VERIFIED"
    return (PRUNED if export.pruned else VERIFIED), "\n  ".join([f"{verdict}: {file_name(arguments.file)}"] + lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Verifies an audit export or an evidence pack of Stemma.")
    parser.add_argument("file", metavar="FILE", help="the export or the pack, - for standard input")
    parser.add_argument("--pack", action="store_true", help="FILE is an evidence pack")
    parser.add_argument(
        "--key", metavar="VKEY", action="append", required=True, help="a key of the log, or of a witness; repeatable"
    )
    parser.add_argument(
        "--checkpoint", metavar="NOTEFILE", help="an older checkpoint that the log must have grown from"
    )
    parser.add_argument("--prev", metavar="EXPORT", help="an older export that the log must have grown from")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character must not turn a verdict into a crash.
        stream.reconfigure(errors="backslashreplace")
    try:
        status, text = run(options)
        print(text, flush=True)
        return status
    except TamperedExport as error:
        print(f"TAMPERED: {error}", flush=True)
        return TAMPERED
    except UnusableInput as error:
        print(f"UNUSABLE: {error}", file=sys.stderr, flush=True)
        return UNUSABLE
    except Exception as error:
        # Python's own exit status for a crash would read as "tampered".
        print(f"UNUSABLE: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
