package import StemmaDigest
internal import StemmaJSON

/// Why a pack is not believed.
package enum PackFault: Error, Equatable {
    /// Something in it contradicts what was signed: which file, and what.
    case tampered(String, String)
    /// It is no pack.
    case unusable(String)
}

/// Verifies an evidence pack with nothing but the keys that the auditor trusts.
package struct PackVerifier {
    /// What a verified pack holds.
    package struct Verdict: Equatable {
        package let modelID: String
        package let manifestDigest: Digest
        /// Whether a person was erased from the version's record since its publication: then `manifest.json` is not what
        /// the digest is of, but the artifacts in it, the index and the log still hold.
        package let isErased: Bool
        package let files: Int
        package let events: Int
        package let pruned: Int
        package let revealed: Int64
        package let checkpoint: Checkpoint
        /// The keys that signed it.
        package let keys: [VerifierKey]
    }

    /// Bytes of the largest pack.
    package static let sizeMax: Int = 1 << 30

    private let keys: [VerifierKey]

    package init(keys: [VerifierKey]) { self.keys = keys }

    /// Throws `PackFault`.
    package func verify(_ archive: [UInt8]) throws -> Verdict {
        // A first block that is none tells of another kind of file, not of a changed one.
        guard archive.count >= 512, archive[257..<262].elementsEqual("ustar".utf8) else {
            throw PackFault.unusable("the file is no tar archive, as packs are")
        }
        guard let members = PackArchive.read(archive) else {
            throw PackFault.tampered("the archive", "it is not written as packs are")
        }
        let files: [String: [UInt8]] = Dictionary(uniqueKeysWithValues: members.map { ($0.path, $0.bytes) })
        func file(_ path: String) throws -> [UInt8] {
            guard let bytes = files[path] else { throw PackFault.tampered(path, "it is missing") }
            return bytes
        }
        let (checkpoint, signers) = try head(try file(PackText.checkpoint), try file(PackText.keys))
        let events: PackEvents = try PackEvents(try file(PackText.events), checkpoint)
        let index: [UInt8] = try file(PackText.index)
        let content: JSONValue = try parsed(index, PackText.index)
        guard content["format"]?.string == PackText.format, let modelID = content["model_id"]?.string,
            let manifest = content["manifest_digest"]?.string.flatMap({ Digest($0) })
        else { throw PackFault.tampered(PackText.index, "it is no index of a pack") }
        guard let export = events.last, export["action"]?.string == PackText.action,
            export["object"]?["id"]?.string == modelID,
            export["detail"]?["index_digest"]?.string == SHA256Hasher.digest(index).description
        else { throw PackFault.tampered(PackText.index, "it is not the index that the log names") }
        try compare(content, files)
        let isErased: Bool = try compareManifest(try file(PackText.manifest), manifest, modelID, events)
        try compareArtifacts(try file(PackText.manifest), try file(PackText.artifacts))
        for (path, bytes) in files where path.hasPrefix(PackText.lifecycles) {
            guard path == PackText.lifecycles + SHA256Hasher.digest(bytes).hex + ".json" else {
                throw PackFault.tampered(path, "it is not what its name says")
            }
        }
        for digest in events.lifecycleDigests where files[PackText.lifecycles + digest + ".json"] == nil {
            throw PackFault.tampered(PackText.lifecycles + digest + ".json", "it is missing")
        }
        return Verdict(
            modelID: modelID, manifestDigest: manifest,
            isErased: isErased, files: files.count,
            events: events.count,
            pruned: events.pruned, revealed: events.revealed, checkpoint: checkpoint, keys: signers)
    }

    private func head(_ note: [UInt8], _ listed: [UInt8]) throws -> (Checkpoint, [VerifierKey]) {
        guard let text = String(validating: listed, as: UTF8.self), text.hasSuffix("\n") else {
            throw PackFault.tampered(PackText.keys, "it is not a key a line")
        }
        var known: [VerifierKey] = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            guard let key = try? VerifierKey(String(line)), key.description == line, key.algorithm == .ed25519 else {
                throw PackFault.tampered(PackText.keys, "it names something that is no key of a log")
            }
            known.append(key)
        }
        guard let text = String(validating: note, as: UTF8.self) else {
            throw PackFault.tampered(PackText.checkpoint, "it is not UTF-8")
        }
        do {
            let found = try ExportLine.believe(text, origin: nil, listed: known, trusted: keys)
            guard known.allSatisfy({ $0.name == found.0.origin }) else {
                throw PackFault.tampered(PackText.keys, "it names a key of another log")
            }
            return found
        } catch let fault as LineFault {
            throw PackFault.tampered(PackText.checkpoint, fault.reason)
        }
    }

    private func parsed(_ bytes: [UInt8], _ path: String) throws -> JSONValue {
        guard let value = try? JSONParser.parse(bytes) else { throw PackFault.tampered(path, "it is no JSON") }
        return value
    }

    /// Every file that the index names, and no other.
    private func compare(_ index: JSONValue, _ files: [String: [UInt8]]) throws {
        var rest: Set<String> = Set(files.keys).subtracting([
            PackText.index, PackText.checkpoint, PackText.keys, PackText.events,
        ])
        for entry in index["files"]?.array ?? [] {
            guard let path = entry["path"]?.string, rest.remove(path) != nil, let bytes = files[path] else {
                throw PackFault.tampered(entry["path"]?.string ?? PackText.index, "it is missing")
            }
            guard entry["size_bytes"]?.integer == Int64(bytes.count),
                entry["sha256"]?.string == SHA256Hasher.digest(bytes).hex
            else { throw PackFault.tampered(path, "it is not what the index says") }
        }
        if let path = rest.min() { throw PackFault.tampered(path, "the index does not name it") }
    }

    /// The manifest is what the version's publication committed to. Answers whether it is another since a person was erased.
    private func compareManifest(
        _ manifest: [UInt8], _ digest: Digest, _ modelID: String, _ events: PackEvents
    ) throws -> Bool {
        let isWhole: Bool = SHA256Hasher.digest(manifest) == digest
        // An erasure that the log tells of is the one reason for another text.
        guard isWhole || events.erases(modelID) else {
            throw PackFault.tampered(PackText.manifest, "it is not what the index says")
        }
        guard events.publishes(modelID, digest) else {
            throw PackFault.tampered(PackText.manifest, "no event of the version's publication commits to it")
        }
        let content: JSONValue = try parsed(manifest, PackText.manifest)
        guard let model = content["model"]?.string, let version = content["version"]?.string,
            "\(model)_v\(version)" == modelID
        else { throw PackFault.tampered(PackText.manifest, "it is of another version") }
        return !isWhole
    }

    private func compareArtifacts(_ manifest: [UInt8], _ artifacts: [UInt8]) throws {
        func files(_ value: JSONValue?) -> [[String?]] {
            (value?.array ?? []).map { [$0["path"]?.string, $0["digest"]?.string] }
        }
        let listed: [[String?]] = files(try parsed(artifacts, PackText.artifacts)["items"])
        guard listed == files(try parsed(manifest, PackText.manifest)["artifacts"]) else {
            throw PackFault.tampered(PackText.artifacts, "it lists other files than the manifest")
        }
    }
}
