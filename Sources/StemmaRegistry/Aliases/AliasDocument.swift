internal import StemmaDigest
internal import StemmaJSON

/// What an alias answers: the hot read.
package enum AliasDocument {
    package static func represent(_ record: AliasRecord) -> Representation {
        EntityTag.seal(open(record))
    }

    /// The same with the version that the move displaced.
    package static func represent(_ record: AliasRecord, displaced: String?) -> [UInt8] {
        var bytes: [UInt8] = represent(record).body
        bytes.removeLast()
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.field("displaced_version", displaced)
        writer.endObject()
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: writer.finish().dropFirst())
        return bytes
    }

    private static func open(_ record: AliasRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("model", record.model)
        writer.field("alias", record.alias)
        writer.field("version", record.version)
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("state", record.state.rawValue)
        let path: String = ResourcePath.version(record.model, record.version)
        writer.field("artifacts_uri", path + "/artifacts")
        writer.field("manifest_digest", record.manifestDigest?.description)
        writer.field("updated_at", record.updated.description)
        writer.field("updated_by", record.updatedBy)
        return writer.bytes
    }
}

/// Where resources are read, percent-encoded.
package enum ResourcePath {
    package static func model(_ name: String) -> String { "/v1/models/" + segment(name) }

    package static func version(_ model: String, _ version: String) -> String {
        ResourcePath.model(model) + "/versions/" + segment(version)
    }

    package static func alias(_ model: String, _ alias: String) -> String {
        ResourcePath.model(model) + "/aliases/" + segment(alias)
    }

    package static let lifecycle: String = "/v1/lifecycle"

    package static func token(_ id: String) -> String { "/v1/tokens/" + segment(id) }

    package static func legalHold(_ id: String) -> String { "/v1/legal-holds/" + segment(id) }

    package static func erasure(_ id: String) -> String { "/v1/erasures/" + segment(id) }

    package static func upload(_ id: String) -> String { "/v1/uploads/" + segment(id) }

    package static func blob(_ digest: String) -> String { "/v1/blobs/" + digest }

    /// One path segment: everything but the unreserved characters of RFC 3986 section 2.3 is percent-encoded.
    package static func segment(_ text: String) -> String {
        let digits: [UInt8] = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result.append(UInt8(ascii: "%"))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
