internal import StemmaDigest
internal import StemmaJSON

/// A file whose content a fact needs.
struct DocumentRequest: Sendable {
    let kind: DocumentKind
    let digest: Digest
    let sizeBytes: Int64
}

/// Reads documents from the blob store, outside of any read of the database, and remembers what it found in a scan.
struct DocumentContents: Sendable {
    private let blobs: any BlobStore
    private var known: [Digest: [String]] = [:]
    /// The largest document that is read.
    private static let bytesMax: Int64 = 4 * 1_048_576
    /// Documents that are remembered.
    private static let knownMax: Int = 2_000

    init(_ blobs: any BlobStore) { self.blobs = blobs }

    /// Sets the facts that the documents' content gives. A document that cannot be read gives none.
    mutating func gather(_ requests: [DocumentRequest], into sheet: inout ComplianceSheet) async throws {
        for request in requests {
            guard let texts = try await texts(of: request) else { continue }
            switch request.kind {
            case .modelCard: sheet.set("version.model_card_sections", texts: texts)
            case .billOfMaterials: sheet.set("version.bom_digests", texts: texts)
            default: break
            }
        }
    }

    private mutating func texts(of request: DocumentRequest) async throws -> [String]? {
        if let found = known[request.digest] { return found }
        guard request.sizeBytes <= DocumentContents.bytesMax else { return nil }
        let bytes: [UInt8]
        do {
            guard let reader = try await blobs.open(request.digest) else { return nil }
            bytes = try await DocumentContents.all(of: reader)
        } catch let error as StemmaError where error.code == .blobCorrupt {
            return nil
        }
        var found: [String] = []
        if request.kind == .modelCard {
            found = ModelCard.headings(String(decoding: bytes, as: UTF8.self))
        } else {
            guard let digests = BillOfMaterials.digests(bytes) else { return nil }
            // A bill cannot name itself.
            found = Set(digests + [request.digest.description]).sorted()
        }
        if known.count >= DocumentContents.knownMax { known = [:] }
        known[request.digest] = found
        return found
    }

    private static func all(of reader: any BlobReader) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while Int64(bytes.count) < reader.size {
            let piece: [UInt8] = try await reader.read(at: Int64(bytes.count), count: 262_144)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }
}

/// Model cards in Markdown.
enum ModelCard {
    /// Headings in lower case with underscores, those of CommonMark section 4.2 (`#` to `######`), outside of fenced
    /// code.
    static func headings(_ text: String) -> [String] {
        var headings: [String] = []
        var isCode: Bool = false
        for line in text.split(whereSeparator: \.isNewline) {
            let content: Substring = line.drop(while: { $0 == " " })
            if content.hasPrefix("```") || content.hasPrefix("~~~") { isCode.toggle() }
            let marks: Int = content.prefix(while: { $0 == "#" }).count
            guard !isCode, (1...6).contains(marks), content.dropFirst(marks).first.map({ $0 == " " }) ?? false else {
                continue
            }
            var title: Substring = content.dropFirst(marks).drop(while: { $0 == " " })
            while let last = title.last, last == " " || last == "#" { title.removeLast() }
            let name: String = heading(String(title))
            if !name.isEmpty, !headings.contains(name) { headings.append(name) }
            if headings.count == 1_000 { break }
        }
        return headings
    }

    /// `Intended use` as `intended_use`.
    static func heading(_ title: String) -> String {
        let words: [Substring] = title.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber })
        return String(words.joined(separator: "_").prefix(200))
    }
}

/// Bills of materials as CycloneDX (JSON, `components[].hashes`) and SPDX 2 (JSON, `files[].checksums`) write them.
enum BillOfMaterials {
    /// SHA-256 digests of the files that it names; nil where it is neither.
    static func digests(_ bytes: [UInt8]) -> [String]? {
        guard let json = try? JSONParser.parse(bytes) else { return nil }
        var found: [String] = []
        if json["bomFormat"]?.string == "CycloneDX" {
            for component in json["components"]?.array ?? [] {
                found += hashes(component["hashes"], algorithm: "alg", "SHA-256", value: "content")
            }
        } else if json["spdxVersion"]?.string != nil {
            for file in json["files"]?.array ?? [] {
                found += hashes(file["checksums"], algorithm: "algorithm", "SHA256", value: "checksumValue")
            }
        } else {
            return nil
        }
        return Set(found).sorted()
    }

    private static func hashes(
        _ list: JSONValue?, algorithm: String, _ wanted: String, value: String
    ) -> [String] {
        (list?.array ?? []).compactMap { hash in
            guard hash[algorithm]?.string == wanted, let text = hash[value]?.string else { return nil }
            return Digest("sha256:" + text.lowercased())?.description
        }
    }
}
