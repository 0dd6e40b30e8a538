internal import StemmaDigest
internal import StemmaJSON

/// Why an export is not believed.
package enum ExportFault: Error, Equatable {
    /// Something in it contradicts what was signed; the first such line, from 1.
    case tampered(line: Int, String)
    /// It is no export, or cannot show what was asked.
    case unusable(String)
}

/// Verifies an export line by line, with nothing but the keys that the auditor trusts. What it remembers does not grow with the
/// file.
///
/// Every line must be written the one way that `ExportText` writes it, so that no byte can change without a contradiction.
package struct ExportVerifier {
    /// What a verified export holds.
    package struct Verdict: Equatable {
        package let range: Range<Int64>
        package let checkpoint: Checkpoint
        package let pruned: Int64
        package let revealed: Int64
        /// The keys that signed it.
        package let keys: [VerifierKey]
    }

    /// Bytes of the longest line.
    package static let lineMax: Int = 16 << 20
    /// Bytes of the longest leaf: what a tile's entries can hold (C2SP tlog-tiles).
    package static let leafMax: Int = 65_535

    private let keys: [VerifierKey]
    private let older: Checkpoint?
    private var line: Int = 0
    /// Lines so far.
    package var lineCount: Int { line }
    private var header: (origin: String, keys: [VerifierKey], range: Range<Int64>)?
    private var tree = CompactRange()
    private var olderRoot: Digest?
    private var lastTime: [UInt8] = []
    private var pruned: Int64 = 0
    private var revealed: Int64 = 0
    private var verdict: Verdict?

    /// `older` is a checkpoint that the log must continue.
    package init(keys: [VerifierKey], older: Checkpoint? = nil) {
        self.keys = keys
        self.older = older
    }

    /// Takes the next line without its line feed. Throws `ExportFault`.
    package mutating func take(_ text: UnsafeBufferPointer<UInt8>) throws {
        line += 1
        guard verdict == nil else { throw fault("there is more behind the footer") }
        guard let header else {
            try takeHeader(Array(text))
            return
        }
        var cursor = LineCursor(text)
        if cursor.skip("{\"type\":\"event\",\"seq\":") {
            try takeEvent(&cursor, header.range)
        } else if cursor.skip("{\"type\":\"pruned\",\"seq\":") {
            let sequence: Int64? = cursor.number()
            guard cursor.skip(",\"leaf_hash\":\""), let hash = cursor.digest(), cursor.skip("\"}"), cursor.isAtEnd
            else {
                throw fault("the line is not written as exports are")
            }
            try append(hash, sequence, header.range)
            pruned += 1
        } else {
            try takeFooter(Array(text), header)
        }
    }

    /// The verdict, once every line was taken. Throws `ExportFault`.
    package func finish() throws -> Verdict {
        guard line > 0 else { throw ExportFault.unusable("the file is empty") }
        guard let verdict else { throw ExportFault.tampered(line: line + 1, "the footer is missing") }
        return verdict
    }

    private func fault(_ reason: String) -> ExportFault { .tampered(line: line, reason) }

    private mutating func takeHeader(_ text: [UInt8]) throws {
        guard let value = try? JSONParser.parse(text), value["type"]?.string == "header",
            value["format"]?.string == ExportText.format
        else { throw ExportFault.unusable("the file does not begin like an export (\(ExportText.format))") }
        guard let origin = value["origin"]?.string, let from = value["from"]?.integer, let to = value["to"]?.integer,
            from >= 0, from <= to, let names = ExportVerifier.strings(value["vkeys"]),
            let left = ExportVerifier.hashes(value["left"]), let tree = CompactRange(size: from, roots: left)
        else { throw fault("the header is damaged") }
        var listed: [VerifierKey] = []
        for name in names {
            guard let key = try? VerifierKey(name), key.name == origin, key.algorithm == .ed25519, !listed.contains(key)
            else { throw fault("the header names a key that is none of the log's") }
            listed.append(key)
        }
        guard ExportText.header(origin: origin, keys: listed, from: from, to: to, left: left).dropLast() == text[...]
        else { throw fault("the header is not written as exports are") }
        self.tree = tree
        header = (origin, listed, from..<to)
        rememberOlder()
    }

    private mutating func takeEvent(_ cursor: inout LineCursor, _ range: Range<Int64>) throws {
        let sequence: Int64? = cursor.number()
        guard cursor.skip(",\"leaf\":\""), let leaf = cursor.string(), cursor.skip(",\"leaf_hash\":\""),
            let hash = cursor.digest(), cursor.skip("\"")
        else { throw fault("the line is not written as exports are") }
        guard leaf.count <= ExportVerifier.leafMax else {
            throw fault("the leaf is longer than \(ExportVerifier.leafMax) bytes")
        }
        guard let found = leaf.withUnsafeBufferPointer({ LeafScanner.scan($0) }) else {
            throw fault("the leaf is not canonical JSON")
        }
        guard found.sequence == sequence else { throw fault("the leaf is of another event") }
        guard let time = found.time.map({ leaf[$0] }), ExportVerifier.follows(&lastTime, time) else {
            throw fault("the event's time lies before that of the event before it")
        }
        guard MerkleHash.leaf(leaf) == hash else { throw fault("the leaf's hash is another") }
        if cursor.skip(",\"priv\":{") {
            try takeRevealed(&cursor, found.commitments, in: leaf)
        } else if !cursor.skip("}") {
            throw fault("the line is not written as exports are")
        }
        guard cursor.isAtEnd else { throw fault("the line is not written as exports are") }
        try append(hash, sequence, range)
    }

    private mutating func takeRevealed(
        _ cursor: inout LineCursor, _ commitments: [LeafScanner.Opening], in leaf: [UInt8]
    ) throws {
        do {
            revealed += try ExportLine.revealed(&cursor, commitments, in: leaf)
        } catch let error as LineFault {
            throw fault(error.reason)
        }
        guard cursor.skip("}}") else { throw fault("the line is not written as exports are") }
    }

    private mutating func append(_ hash: Digest, _ sequence: Int64?, _ range: Range<Int64>) throws {
        guard sequence == tree.size else { throw fault("event \(tree.size) is missing") }
        guard tree.size < range.upperBound else { throw fault("there are more events than the header says") }
        tree.append(hash)
        rememberOlder()
    }

    private mutating func rememberOlder() { if tree.size == older?.size { olderRoot = tree.root } }

    private mutating func takeFooter(
        _ text: [UInt8], _ header: (origin: String, keys: [VerifierKey], range: Range<Int64>)
    ) throws {
        guard let value = try? JSONParser.parse(text), value["type"]?.string == "footer",
            let noteText = value["checkpoint"]?.string, let right = ExportVerifier.hashes(value["right"])
        else { throw fault("the line is neither an event nor the footer") }
        guard tree.size == header.range.upperBound else { throw fault("events are missing before the footer") }
        let consistency: (from: Int64, root: Digest, proof: [Digest])? = try consistency(value["consistency"])
        guard
            ExportText.footer(checkpoint: noteText, right: right, consistency: consistency).dropLast() == text[...]
        else { throw fault("the footer is not written as exports are") }
        let (checkpoint, signers): (Checkpoint, [VerifierKey]) = try believe(noteText, header)
        try complete(checkpoint, right)
        try compare(checkpoint, consistency)
        verdict = Verdict(
            range: header.range, checkpoint: checkpoint, pruned: pruned, revealed: revealed,
            keys: signers)
    }

    private func consistency(_ value: JSONValue?) throws -> (from: Int64, root: Digest, proof: [Digest])? {
        guard let value else { return nil }
        guard let from = value["from"]?.integer, let root = ExportVerifier.hash(value["root"]),
            let proof = ExportVerifier.hashes(value["proof"])
        else { throw fault("the proof of consistency is damaged") }
        return (from, root, proof)
    }

    /// The checkpoint, signed by a key that the auditor trusts and that the header names, and all that the auditor trusts of
    /// those who signed it.
    private func believe(
        _ text: String, _ header: (origin: String, keys: [VerifierKey], range: Range<Int64>)
    ) throws -> (Checkpoint, [VerifierKey]) {
        do {
            return try ExportLine.believe(text, origin: header.origin, listed: header.keys, trusted: keys)
        } catch let error as LineFault {
            throw fault(error.reason)
        }
    }

    private mutating func complete(_ checkpoint: Checkpoint, _ right: [Digest]) throws {
        guard checkpoint.size >= tree.size else { throw fault("the checkpoint is of fewer events than there are") }
        let rest: [Subtree] = Subtree.covering(tree.size..<checkpoint.size)
        guard rest.count == right.count else { throw fault("hashes of the log's later events are missing") }
        for (subtree, hash) in zip(rest, right) {
            tree.append(subtree: hash, level: subtree.level)
            rememberOlder()
        }
        guard tree.root == checkpoint.root else { throw fault("the events are not those that were signed") }
    }

    private func compare(
        _ checkpoint: Checkpoint, _ consistency: (from: Int64, root: Digest, proof: [Digest])?
    ) throws {
        if let consistency {
            guard
                MerkleProof.isConsistent(
                    from: consistency.from, consistency.root, to: checkpoint.size, checkpoint.root,
                    proof: consistency.proof)
            else { throw fault("the proof of consistency does not hold") }
        }
        guard let older else { return }
        guard older.origin == checkpoint.origin else {
            throw ExportFault.unusable("the older checkpoint is of another log")
        }
        guard older.size <= checkpoint.size else { throw fault("the log had more events, \(older.size)") }
        let root: Digest? = olderRoot ?? (consistency?.from == older.size ? consistency?.root : nil)
        guard let root else {
            throw ExportFault.unusable(
                "the file does not show that the log continues the older checkpoint; export it with since=\(older.size)"
            )
        }
        guard root == older.root else { throw fault("the log does not continue the older checkpoint") }
    }

    private static func strings(_ value: JSONValue?) -> [String]? {
        guard let array = value?.array else { return nil }
        let strings: [String] = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }

    static func hash(_ value: JSONValue?) -> Digest? {
        value?.string.flatMap { Base64.decode($0) }.flatMap { Digest(bytes: $0) }
    }

    static func hashes(_ value: JSONValue?) -> [Digest]? {
        guard let array = value?.array else { return nil }
        let hashes: [Digest] = array.compactMap { hash($0) }
        return hashes.count == array.count ? hashes : nil
    }

    /// Whether a time is one, and not before the last one, whose place it takes.
    static func follows(_ last: inout [UInt8], _ time: ArraySlice<UInt8>) -> Bool {
        // Events of one moment are common.
        if !last.isEmpty, time == last[...] { return true }
        guard isTime(time), !time.lexicographicallyPrecedes(last) else { return false }
        last = Array(time)
        return true
    }

    /// `2026-01-15T14:30:00.000Z`, whose order is that of its bytes.
    private static func isTime(_ text: ArraySlice<UInt8>) -> Bool {
        let pattern: StaticString = "0000-00-00T00:00:00.000Z"
        guard text.count == pattern.utf8CodeUnitCount else { return false }
        for (offset, byte) in text.enumerated() {
            let wanted: UInt8 = pattern.utf8Start[offset]
            let fits: Bool =
                wanted == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == wanted
            guard fits else { return false }
        }
        func number(_ range: Range<Int>) -> Int {
            text[(text.startIndex + range.lowerBound)..<(text.startIndex + range.upperBound)].reduce(0) {
                $0 * 10 + Int($1 - UInt8(ascii: "0"))
            }
        }
        let (year, month, day): (Int, Int, Int) = (number(0..<4), number(5..<7), number(8..<10))
        let isLeap: Bool = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days: [Int] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...days[month - 1]).contains(day) && number(11..<13) < 24
            && number(14..<16) < 60 && number(17..<19) < 60
    }
}

/// What a leaf says of a private value.
package enum Commitment {
    private static let prefix: [UInt8] = Array("stemma.priv.v1".utf8) + [0]

    /// `HMAC-SHA256(salt, "stemma.priv.v1" 0x00 field 0x00 value)` in lowercase hexadecimal; the value is canonical JSON.
    package static func hex(salt: [UInt8], field: [UInt8], value: [UInt8]) -> String {
        var message: [UInt8] = prefix
        message.reserveCapacity(message.count + field.count + value.count + 1)
        message += field
        message.append(0)
        message += value
        return Hex.encode(HMACSHA256.code(key: salt, message: message))
    }
}
