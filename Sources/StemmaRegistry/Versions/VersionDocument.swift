internal import StemmaDigest
internal import StemmaJSON

/// The one representation of a version, wherever it is answered.
package enum VersionDocument {
    /// The body with its entity tag, which is also its last member.
    package static func represent(_ record: VersionRecord) -> Representation {
        var writer = JSONWriter(capacity: record.document.count + 1_024)
        writer.beginObject()
        writer.field("model_id", "\(record.model)_v\(record.version)")
        writer.field("model", record.model)
        writer.field("version", record.version)
        writer.field("number", record.number)
        writer.field("status", record.status.rawValue)
        writer.field("state", record.state.rawValue)
        writer.field("aliases", record.aliases)
        writer.field("description", record.description)
        writer.field("tags", raw: record.tags)
        writer.field("performance_metrics", raw: record.metrics)
        var bytes: [UInt8] = writer.bytes
        appendMembers(of: shown(record), to: &bytes)
        bytes.append(contentsOf: tail(of: record))
        return EntityTag.seal(bytes)
    }

    /// The immutable members as read back from the stored text.
    static func immutable(of record: VersionRecord) throws -> JSONObject {
        var object: JSONObject = try StoredJSON.object(record.document)
        _ = object.remove("artifacts")
        return object
    }

    /// The same with the newest assessment of the risk in the place of the one made at registration: what guards,
    /// filters and rules go by. The manifest, and with it every digest, holds what was registered.
    static func current(of record: VersionRecord) throws -> JSONObject {
        var object: JSONObject = try immutable(of: record)
        if let risk = record.risk { object.set("risk", .object(try StoredJSON.object(risk))) }
        return object
    }

    /// The stored text with the newest assessment of the risk.
    private static func shown(_ record: VersionRecord) -> [UInt8] {
        guard let risk = record.risk, var object = try? StoredJSON.object(record.document),
            let assessment = try? StoredJSON.object(risk)
        else { return record.document }
        object.set("risk", .object(assessment))
        return StoredJSON.text(object)
    }

    /// The members of a stored object without its braces, after a comma.
    private static func appendMembers(of object: [UInt8], to bytes: inout [UInt8]) {
        guard object.count > 2 else { return }
        bytes.append(UInt8(ascii: ","))
        bytes.append(contentsOf: object[1..<(object.count - 1)])
    }

    private static func tail(of record: VersionRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("state_changed_at", record.standing.since.description)
        writer.field("sunset_at", record.standing.sunset?.description)
        writer.field("evidence_revision", record.standing.evidenceRevision)
        writer.field("deployment_status", record.standing.deploymentStatus)
        writer.field("quarantined", record.standing.isQuarantined)
        writer.field("size_bytes", record.sizeBytes)
        writer.field("artifacts_digest", record.artifactsDigest?.description)
        writer.field("manifest_digest", record.manifestDigest?.description)
        writer.field("created_by", record.createdBy)
        writer.field("created_at", record.created.description)
        writer.field("updated_at", record.updated.description)
        writer.field("expires_at", record.expires?.description)
        writer.endObject()
        var bytes: [UInt8] = writer.finish()
        bytes[0] = UInt8(ascii: ",")
        bytes.removeLast()
        return bytes
    }
}

/// Entity tags of JSON representations.
enum EntityTag {
    /// Closes an object that is still open: appends its entity tag, taken over everything before, as its last member.
    static func seal(_ openObject: [UInt8]) -> Representation {
        var bytes: [UInt8] = openObject
        let etag: String = Representation.etag(of: bytes)
        bytes.append(contentsOf: ",\"etag\":\"\\\"".utf8)
        bytes.append(contentsOf: etag.utf8.dropFirst().dropLast())
        bytes.append(contentsOf: "\\\"\"}".utf8)
        return Representation(etag: etag, body: bytes)
    }
}

/// JSON that the registry itself wrote to the store.
enum StoredJSON {
    /// Throws `internalError` where the text is not an object, which only a damaged database can cause.
    static func object(_ text: [UInt8]) throws(StemmaError) -> JSONObject {
        do {
            if let object = try JSONParser.parse(text).object { return object }
            throw StemmaError(.internalError, "a stored document is damaged", cause: "stored JSON is not an object")
        } catch let error as StemmaError {
            throw error
        } catch {
            throw StemmaError(.internalError, "a stored document is damaged", cause: "stored JSON: \(error)")
        }
    }

    /// The same for an array.
    static func array(_ text: [UInt8]) throws(StemmaError) -> [JSONValue] {
        guard let array = (try? JSONParser.parse(text))?.array else {
            throw StemmaError(.internalError, "a stored document is damaged", cause: "stored JSON is not an array")
        }
        return array
    }

    /// Compact text of an array.
    static func text(_ array: [JSONValue]) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(.array(array))
        return writer.finish()
    }

    /// Compact text of an object.
    static func text(_ object: JSONObject) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(object)
        return writer.finish()
    }
}
