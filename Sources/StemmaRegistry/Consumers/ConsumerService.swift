package import StemmaJSON

/// Tells who uses a model's versions.
package struct ConsumerService: Sendable {
    private let core: RegistryCore

    package init(core: RegistryCore) { self.core = core }

    /// Where reads are noted.
    package var log: ConsumerLog { core.consumerLog }

    /// What a consumer of a version answers.
    package static let documentShape: Shape = .named(
        "Consumer",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("consumer", .text(maxBytes: 800), required: true, "As it names itself in `Stemma-Consumer`"),
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field(
                "ref", .text(maxBytes: 1_000), required: true, "The reference it used last, e.g. `@production`"),
            Shape.Field("first_seen", CommonShapes.time, required: true),
            Shape.Field("last_seen", CommonShapes.time, required: true),
            Shape.Field("expires_at", CommonShapes.time, required: true, "Unless it reads again before"),
            Shape.Field("live", .boolean, required: true, "Whether it has not expired"),
            Shape.Field("reads", .count, required: true, "Resolves and downloads so far"),
        ]))

    /// A model's consumers by name, those that expired of late included unless `onlyLive`. Reads answered before the call
    /// are in it, unless the database takes no writes.
    ///
    /// Throws `modelNotFound`, `validationFailed` for a limit out of range, `invalidFilter`, `invalidCursor`.
    package func listConsumers(
        model name: String, onlyLive: Bool, _ request: ListRequest, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let limit: Int = try core.policy.limits.listLimit(request.limit)
        let filter = try ShortListFilter(request.filter, schema: .consumers)
        let identity: [String] = ["consumers/" + name, String(onlyLive), request.filter ?? ""]
        let codec = Cursor(key: core.cursorKey, identity: identity.joined(separator: "\u{0}"))
        let start: (name: String, version: Int64)? = try request.cursor.map { text throws(StemmaError) in
            let values: [SortValue] = try codec.decode(text)
            guard values.count == 2, case .text(let name) = values[0], case .integer(let version) = values[1] else {
                throw Cursor.refusal
            }
            return (name, version)
        }
        // A full disk must not keep anybody from reading what is there.
        try? await core.consumerLog.flush()
        let now: Timestamp = core.environment.now()
        let found: [ConsumerRecord] = try await core.store.read { reader in
            let model: ModelRecord = try ModelService.find(name, principal, reader)
            var passed: [ConsumerRecord] = []
            var last: (name: String, version: Int64)? = start
            var isAtEnd: Bool = false
            while !isAtEnd, passed.count <= limit {
                let batch: [ConsumerRecord] = try reader.consumers(
                    model: model.id, at: onlyLive ? now : nil, after: last, limit: limit + 1)
                passed += batch.filter { filter.passes($0.filterValues(model: model.name)) }
                last = batch.last.map { ($0.name, $0.versionID) }
                isAtEnd = batch.count <= limit
            }
            return passed
        }
        let page: ArraySlice<ConsumerRecord> = found.prefix(limit)
        let next: String? =
            found.count > limit
            ? page.last.map { codec.encode([.text($0.name), .integer($0.versionID)]) } : nil
        return ListAnswer(items: page.map { $0.represent(model: name, at: now) }, nextCursor: next)
    }

    /// For the member `blocking` of a refusal.
    static func blocking(_ consumers: [ConsumerRecord]) -> JSONValue {
        .array(
            consumers.map {
                .object([
                    "consumer": .string($0.name), "version": .string($0.version),
                    "expires_at": .string($0.expires.description),
                ])
            })
    }

    /// At most three of them for the words of a refusal.
    static func named(_ consumers: [ConsumerRecord]) -> String {
        let first: String = consumers.prefix(3).map { "\($0.name) (\($0.version))" }.joined(separator: ", ")
        return consumers.count > 3 ? first + " and others" : first
    }

    /// How many consumers a refusal names at most.
    static let blockingMax: Int = 100
}

extension ConsumerRecord {
    fileprivate func represent(model: String, at now: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.field("model", model)
        writer.field("consumer", name)
        writer.field("version", version)
        writer.field("model_id", "\(model)_v\(version)")
        writer.field("ref", ref)
        writer.field("first_seen", firstSeen.description)
        writer.field("last_seen", lastSeen.description)
        writer.field("expires_at", expires.description)
        writer.field("live", expires > now)
        writer.field("reads", reads)
        writer.endObject()
        return writer.finish()
    }

    fileprivate func filterValues(model: String) -> [String: FilterValue?] {
        [
            "consumer": .string(name), "version": SemanticVersion(version).map { .version($0) },
            "model_id": .string("\(model)_v\(version)"), "ref": .string(ref),
            "first_seen": .time(firstSeen.milliseconds), "last_seen": .time(lastSeen.milliseconds),
            "expires_at": .time(expires.milliseconds), "reads": .integer(reads),
        ]
    }
}

extension FilterSchema {
    /// Consumers of a model.
    static let consumers = FilterSchema(
        fields: [
            "consumer": .string, "version": .version, "model_id": .string, "ref": .string, "first_seen": .time,
            "last_seen": .time, "expires_at": .time, "reads": .number,
        ])
}
