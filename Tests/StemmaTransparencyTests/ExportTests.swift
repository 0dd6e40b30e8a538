import StemmaDigest
import StemmaJSON
import Testing

@testable import StemmaTransparency

/// A log made by hand, and exports of it.
struct SampleLog {
    static let origin: String = "stemma.example/audit"
    let key: Ed25519PrivateKey
    let leaves: [[UInt8]]
    let revealed: [[ExportText.Revealed]]

    init(_ count: Int) throws {
        key = try #require(Ed25519PrivateKey(seed: Array(repeating: 7, count: 32)))
        var leaves: [[UInt8]] = []
        var revealed: [[ExportText.Revealed]] = []
        for sequence in 0..<count {
            let values: [ExportText.Revealed] = [
                ExportText.Revealed(
                    field: "actor.subject", salt: Array(repeating: UInt8(sequence % 251), count: 32),
                    value: Array(#""alice \"the\" ☃""#.utf8)),
                ExportText.Revealed(
                    field: "changes", salt: Array(repeating: UInt8(sequence % 13), count: 32),
                    value: Array(#"{"after":[1.5,"x",{"k":1e+21}],"before":null}"#.utf8)),
                ExportText.Revealed(
                    field: "odd \"name\"\n", salt: Array(repeating: UInt8(sequence % 17), count: 32),
                    value: Array((String(repeating: "[", count: 100) + String(repeating: "]", count: 100)).utf8)),
            ]
            var commitments = JSONObject()
            for value in values {
                commitments.set(
                    value.field,
                    .string(Commitment.hex(salt: value.salt, field: Array(value.field.utf8), value: value.value)))
            }
            let leaf: JSONValue = [
                "action": "register_version", "detail": ["path": "a/\"b\"\u{1}\n", "emoji": "😂\u{FB33}", "n": -12],
                "priv": .object(commitments), "seq": .integer(Int64(sequence)),
                "ts": .string("2026-01-15T14:\(10 + sequence / 40):\(10 + sequence % 40).000Z"), "v": 1,
            ]
            leaves.append(try CanonicalJSON.encodeLeaf(leaf))
            revealed.append(values)
        }
        self.leaves = leaves
        self.revealed = revealed
    }

    func verifier() throws -> VerifierKey { try VerifierKey(name: SampleLog.origin, publicKey: key.publicKey) }

    func tree(_ size: Int) -> TileTree { ReferenceTree.tree(size, leaves) }

    func checkpoint(_ size: Int) throws -> Checkpoint {
        var tree: TileTree = tree(size)
        return Checkpoint(origin: SampleLog.origin, size: Int64(size), root: try tree.root())
    }

    func note(_ size: Int) throws -> String {
        var note = SignedNote(text: try checkpoint(size).text)
        note.sign(as: try verifier(), with: key)
        return note.description
    }

    func export(
        _ range: Range<Int>, of size: Int? = nil, since: Int? = nil, isPrivate: Bool = true, pruned: Set<Int> = []
    ) throws -> [UInt8] {
        let size: Int = size ?? leaves.count
        var tree: TileTree = tree(size)
        var text: [UInt8] = ExportText.header(
            origin: SampleLog.origin, keys: [try verifier()], from: Int64(range.lowerBound),
            to: Int64(range.upperBound),
            left: try Subtree.covering(0..<Int64(range.lowerBound)).map { try tree.node($0) })
        for sequence in range {
            text += ExportText.event(
                sequence: Int64(sequence), leaf: pruned.contains(sequence) ? nil : leaves[sequence],
                leafHash: MerkleHash.leaf(leaves[sequence]), revealed: isPrivate ? revealed[sequence] : [])
        }
        text += ExportText.footer(
            checkpoint: try note(size),
            right: try Subtree.covering(Int64(range.upperBound)..<Int64(size)).map { try tree.node($0) },
            consistency: try since.map { from in
                (Int64(from), try checkpoint(from).root, try tree.consistency(from: Int64(from)))
            })
        return text
    }
}

@Suite struct ExportTests {
    private static func verify(
        _ text: [UInt8], _ keys: [VerifierKey], older: Checkpoint? = nil
    ) throws -> ExportVerifier.Verdict {
        var verifier = ExportVerifier(keys: keys, older: older)
        var lines: [ArraySlice<UInt8>] = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty ?? false else { throw ExportFault.tampered(line: 0, "no end") }
        for line in lines { try Array(line).withUnsafeBufferPointer { try verifier.take($0) } }
        return try verifier.finish()
    }

    private static func refuses(_ text: [UInt8], _ keys: [VerifierKey]) -> Bool {
        do {
            _ = try verify(text, keys)
            return false
        } catch {
            return error is ExportFault
        }
    }

    @Test func rangesOfALogVerify() throws {
        let log = try SampleLog(70)
        let keys: [VerifierKey] = [try log.verifier()]
        for (range, size) in [
            (0..<70, 70), (0..<0, 70), (0..<1, 1), (5..<9, 70), (64..<70, 70), (69..<70, 70), (70..<70, 70),
            (1..<64, 65),
            (0..<0, 0),
        ] {
            for isPrivate in [true, false] {
                let verdict = try ExportTests.verify(
                    try log.export(range, of: size, isPrivate: isPrivate), keys)
                #expect(verdict.range == Int64(range.lowerBound)..<Int64(range.upperBound))
                #expect(verdict.checkpoint == (try log.checkpoint(size)))
                #expect(verdict.revealed == (isPrivate ? 3 * Int64(range.count) : 0))
                #expect(verdict.keys == keys)
            }
        }
        let pruned = try ExportTests.verify(try log.export(0..<70, isPrivate: false, pruned: [3, 4, 69]), keys)
        #expect(pruned.pruned == 3)
    }

    @Test func keysThatWereNotGivenProveNothing() throws {
        let log = try SampleLog(5)
        let other: Ed25519PrivateKey = try #require(Ed25519PrivateKey(seed: Array(repeating: 8, count: 32)))
        let stranger = try VerifierKey(name: SampleLog.origin, publicKey: other.publicKey)
        #expect(ExportTests.refuses(try log.export(0..<5), [stranger]))
        #expect(ExportTests.refuses(try log.export(0..<5), []))
    }

    @Test func olderHeadsMustBeContinued() throws {
        let log = try SampleLog(40)
        let keys: [VerifierKey] = [try log.verifier()]
        for size in [0, 1, 10, 17, 40] {
            let older: Checkpoint = try log.checkpoint(size)
            _ = try ExportTests.verify(try log.export(0..<40), keys, older: older)
            _ = try ExportTests.verify(try log.export(20..<30, since: size), keys, older: older)
            let forged = Checkpoint(origin: older.origin, size: older.size, root: MerkleHash.leaf([9]))
            #expect(throws: ExportFault.self) { try ExportTests.verify(try log.export(0..<40), keys, older: forged) }
            #expect(throws: ExportFault.self) {
                try ExportTests.verify(try log.export(20..<30, since: size), keys, older: forged)
            }
        }
        #expect(
            throws: ExportFault.unusable(
                "the file does not show that the log continues the older checkpoint; export it with since=10")
        ) {
            try ExportTests.verify(try log.export(20..<30), keys, older: try log.checkpoint(10))
        }
        #expect(throws: ExportFault.self) {
            try ExportTests.verify(try log.export(0..<30, of: 30), keys, older: try log.checkpoint(40))
        }
    }

    /// Every byte of small exports, changed in several ways, taken out or doubled.
    @Test func noByteChangesUnnoticed() throws {
        let log = try SampleLog(9)
        let keys: [VerifierKey] = [try log.verifier()]
        for text in [
            try log.export(0..<3, of: 3), try log.export(5..<7, since: 4),
            try log.export(2..<4, isPrivate: false, pruned: [3]),
        ] {
            #expect(!ExportTests.refuses(text, keys))
            for position in text.indices {
                for mask: UInt8 in [0x01, 0x20] {
                    var changed: [UInt8] = text
                    changed[position] ^= mask
                    #expect(ExportTests.refuses(changed, keys), "byte \(position) with \(mask)")
                }
                var shorter: [UInt8] = text
                shorter.remove(at: position)
                #expect(ExportTests.refuses(shorter, keys), "without byte \(position)")
                var longer: [UInt8] = text
                longer.insert(text[position], at: position)
                #expect(ExportTests.refuses(longer, keys), "byte \(position) twice")
            }
        }
    }

    /// Lines swapped, repeated and left out.
    @Test func noLineMoves() throws {
        let log = try SampleLog(9)
        let keys: [VerifierKey] = [try log.verifier()]
        let lines: [ArraySlice<UInt8>] = try log.export(0..<9).split(separator: 0x0A)
        func text(_ lines: [ArraySlice<UInt8>]) -> [UInt8] { lines.flatMap { Array($0) + [0x0A] } }
        for index in lines.indices {
            var changed: [ArraySlice<UInt8>] = lines
            changed.remove(at: index)
            #expect(ExportTests.refuses(text(changed), keys), "without line \(index)")
            #expect(ExportTests.refuses(text(lines + [lines[index]]), keys), "line \(index) at the end")
            guard index > 0 else { continue }
            changed = lines
            changed.swapAt(index, index - 1)
            #expect(ExportTests.refuses(text(changed), keys), "line \(index) before the other")
        }
    }

    /// The scanner and the general reader and writer agree on what is canonical.
    @Test func leavesAreCanonicalWhereTheWriterSaysSo() {
        let texts: [String] = [
            #"{}"#, #"{"a":1}"#, #"{"a":1,"b":[]}"#, #"{"b":1,"a":2}"#, #"{"a":1,"a":2}"#, #"{"a":01}"#, #"{"a":-0}"#,
            #"{"a":0}"#,
            #"{"a":-1}"#, #"{"a":9007199254740991}"#, #"{"a":9007199254740992}"#, #"{"a":1.0}"#, #"{"a":1e2}"#,
            #"{"a": 1}"#,
            #"{"a":"\u0041"}"#, #"{"a":"\u0001"}"#, #"{"a":"\u001f"}"#, #"{"a":"\u001F"}"#, #"{"a":"\n"}"#,
            #"{"a":"\u000a"}"#,
            #"{"a":"\/"}"#, #"{"a":"\\\""}"#, #"{"a":"é"}"#, "{\"a\":\"\u{7f}\"}", "{\"\u{FB33}\":1,\"\u{1F602}\":2}",
            "{\"\u{1F602}\":1,\"\u{FB33}\":2}", #"{"a":{"b":{"c":[1,2,{"d":null}]}},"b":true,"c":false}"#,
            #"{"a":tru}"#, #"{"a":1"#,
            #"{"a":1}}"#, #"[]"#, #""a""#, #"1"#, #"{"a\n":1,"a\t":2}"#, #"{"a\t":1,"a\n":2}"#, #"{"":1,"a":2}"#,
            #"{"a":,}"#, #"{,}"#,
            #"{"a":"\ud800"}"#, #"{"ab":1,"a":2}"#, #"{"a":2,"ab":1}"#,
        ]
        for text in texts {
            let bytes: [UInt8] = Array(text.utf8)
            let value: JSONValue? = try? JSONParser.parse(bytes)
            let isCanonical: Bool =
                value?.object != nil && value.flatMap { try? CanonicalJSON.encodeLeaf($0) } == bytes
            #expect((bytes.withUnsafeBufferPointer { LeafScanner.scan($0) } != nil) == isCanonical, "\(text)")
        }
        let broken: [UInt8] = Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        #expect(broken.withUnsafeBufferPointer { LeafScanner.scan($0) } == nil)
    }
}
