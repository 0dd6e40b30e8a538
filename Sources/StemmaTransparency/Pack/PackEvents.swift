internal import StemmaDigest
internal import StemmaJSON

/// The events of a pack, each proven to be in the log whose head was signed.
struct PackEvents {
    private(set) var count: Int = 0
    private(set) var pruned: Int = 0
    private(set) var revealed: Int64 = 0
    /// The last event's leaf.
    private(set) var last: JSONValue?
    /// Hexadecimal digits of the definitions that transitions obeyed.
    private(set) var lifecycleDigests: Set<String> = []
    /// What publications committed to: the version's id and the digest.
    private var publications: Set<[String]> = []
    /// Ids of versions from whose records somebody was erased.
    private var erasures: Set<String> = []
    private var lastSequence: Int64 = -1
    private var lastTime: [UInt8] = []

    /// Throws `PackFault.tampered` with the number of the first bad line.
    init(_ text: [UInt8], _ checkpoint: Checkpoint) throws {
        var lines: [ArraySlice<UInt8>] = text.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let rest = lines.popLast(), rest.isEmpty else {
            throw PackFault.tampered(PackText.events, "the last line does not end")
        }
        for (number, line) in lines.enumerated() {
            do {
                try line.withUnsafeBufferPointer { try take($0, checkpoint) }
            } catch let fault as LineFault {
                throw PackFault.tampered(PackText.events, "line \(number + 1): \(fault.reason)")
            }
        }
    }

    func publishes(_ modelID: String, _ digest: Digest) -> Bool {
        publications.contains([modelID, digest.description])
    }

    func erases(_ modelID: String) -> Bool { erasures.contains(modelID) }

    private mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ checkpoint: Checkpoint) throws {
        let malformed = LineFault("the line is not written as packs are")
        var cursor = LineCursor(line)
        let isEvent: Bool = cursor.skip("{\"type\":\"event\",\"seq\":")
        guard isEvent || cursor.skip("{\"type\":\"pruned\",\"seq\":"), let sequence = cursor.number() else {
            throw malformed
        }
        guard sequence > lastSequence else { throw LineFault("the event comes too late") }
        var leaf: [UInt8] = []
        if isEvent {
            guard cursor.skip(",\"leaf\":\""), let text = cursor.string() else { throw malformed }
            leaf = text
        }
        guard cursor.skip(",\"leaf_hash\":\""), let hash = cursor.digest(), cursor.skip("\",\"proof\":["),
            let proof = PackEvents.proof(&cursor)
        else { throw malformed }
        if isEvent {
            try takeLeaf(leaf, sequence, hash, &cursor)
        } else {
            guard cursor.skip("}") else { throw malformed }
            last = nil
            pruned += 1
        }
        guard cursor.isAtEnd else { throw malformed }
        guard MerkleProof.root(ofLeaf: hash, at: sequence, in: checkpoint.size, proof: proof) == checkpoint.root else {
            throw LineFault("the proof does not lead to the signed head")
        }
        lastSequence = sequence
        count += 1
    }

    private mutating func takeLeaf(
        _ leaf: [UInt8], _ sequence: Int64, _ hash: Digest, _ cursor: inout LineCursor
    ) throws {
        guard leaf.count <= ExportVerifier.leafMax, let found = leaf.withUnsafeBufferPointer({ LeafScanner.scan($0) }),
            let content = try? JSONParser.parse(leaf, limits: JSONLimits(depth: LeafScanner.depthMax))
        else { throw LineFault("the leaf is not canonical JSON") }
        guard found.sequence == sequence else { throw LineFault("the leaf is of another event") }
        guard let time = found.time.map({ leaf[$0] }), ExportVerifier.follows(&lastTime, time) else {
            throw LineFault("the event's time lies before that of the event before it")
        }
        guard MerkleHash.leaf(leaf) == hash else { throw LineFault("the leaf's hash is another") }
        if cursor.skip(",\"priv\":{") {
            revealed += try ExportLine.revealed(&cursor, found.commitments, in: leaf)
            guard cursor.skip("}}") else { throw LineFault("the line is not written as packs are") }
        } else if !cursor.skip("}") {
            throw LineFault("the line is not written as packs are")
        }
        last = content
        note(content)
    }

    private mutating func note(_ leaf: JSONValue) {
        guard leaf["outcome"]?.string == "success", let id = leaf["object"]?["id"]?.string else { return }
        if leaf["action"]?.string == PackText.erasure {
            erasures.formUnion(leaf["detail"]?["versions"]?.array?.compactMap(\.string) ?? [])
        }
        if ["register_version", "publish_version"].contains(leaf["action"]?.string),
            let digest = leaf["detail"]?["manifest_digest"]?.string
        {
            publications.insert([id, digest])
        }
        if let digest = leaf["detail"]?["lifecycle_digest"]?.string, leaf["detail"]?["to_state"] != nil {
            lifecycleDigests.insert(String(digest.dropFirst("sha256:".count)))
        }
    }

    /// Hashes in base64, up to the bracket behind them.
    private static func proof(_ cursor: inout LineCursor) -> [Digest]? {
        var proof: [Digest] = []
        if cursor.skip("]") { return proof }
        repeat {
            guard cursor.skip("\""), let text = cursor.string(),
                let bytes = Base64.decode(String(decoding: text, as: UTF8.self)), let hash = Digest(bytes: bytes),
                Base64.encode(bytes).utf8.elementsEqual(text)
            else { return nil }
            proof.append(hash)
        } while cursor.skip(",")
        return cursor.skip("]") ? proof : nil
    }
}
