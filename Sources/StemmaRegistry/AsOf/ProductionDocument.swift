internal import StemmaDigest
package import StemmaJSON

/// Which version was in production: the question of every audit, by the state of the versions and by the alias.
package enum ProductionDocument {
    private static let tenure: Shape = .named(
        "ProductionTenure",
        .object([
            Shape.Field("version", .text(maxBytes: 128), required: true),
            Shape.Field("model_id", .text(maxBytes: 1_000), required: true),
            Shape.Field("since", CommonShapes.time, required: true, "When it came there"),
            Shape.Field("manifest_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("artifacts_digest", .nullable(CommonShapes.digest), required: true),
            Shape.Field("entry", Promotion.shape, required: true, "The transition by which it came there"),
            Shape.Field(
                "promotion", .nullable(Promotion.shape), required: true,
                "The last one that was asked for it; another than `entry` where a rollback put it back"),
        ]))

    package static let shape: Shape = .named(
        "Production",
        .object([
            Shape.Field("model", .text(maxBytes: 800), required: true),
            Shape.Field("as_of", CommonShapes.time, required: true),
            Shape.Field("version", .nullable(.text(maxBytes: 128)), required: true, "Null where none was"),
            Shape.Field("lifecycle", .nullable(tenure), required: true, "By the state of the versions"),
            Shape.Field("alias", .nullable(AliasService.pastShape), required: true, "By the alias `production`"),
            Shape.Field("agree", .boolean, required: true, "Whether both tell of the same version"),
        ]))

    static func tenure(_ version: VersionRecord, _ entry: Promotion, _ promotion: Promotion?) -> JSONValue {
        .object(
            JSONObject([
                JSONObject.Member(name: "version", value: .string(version.version)),
                JSONObject.Member(name: "model_id", value: .string("\(version.model)_v\(version.version)")),
                JSONObject.Member(name: "since", value: .string(entry.transition.stored.at.description)),
                JSONObject.Member(
                    name: "manifest_digest", value: version.manifestDigest.map { .string($0.description) } ?? .null),
                JSONObject.Member(
                    name: "artifacts_digest", value: version.artifactsDigest.map { .string($0.description) } ?? .null),
                JSONObject.Member(name: "entry", value: entry.json),
                JSONObject.Member(name: "promotion", value: promotion?.json ?? .null),
            ]))
    }
}

extension LifecycleService {
    /// A body of `ProductionDocument.shape`; `asOf` nil is now. Throws `modelNotFound`, `validationFailed` for a moment to
    /// come.
    package func readProduction(model name: String, asOf time: Timestamp?, _ principal: Principal) async throws
        -> [UInt8]
    {
        try principal.require(.readModels)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time ?? core.environment.now(), core, reader)
            let model: ModelRecord = try view.model(named: name, principal)
            let holder: (version: VersionRecord, tenure: JSONValue)? = try view.inProduction(model)
            let alias: PastAlias? = try view.alias(LifecycleState.production.rawValue, ofModelNamed: model.name)
            let pointed: [UInt8]? = try alias.flatMap { try view.represent($0, of: model) }
            var writer = JSONWriter(capacity: 8_192)
            writer.beginObject()
            writer.field("model", model.name)
            writer.field("as_of", view.moment.time.description)
            writer.field("version", holder?.version.version ?? alias?.version)
            writer.field("lifecycle", holder?.tenure ?? .null)
            writer.field("alias", raw: pointed ?? Array("null".utf8))
            writer.field("agree", holder?.version.version == alias?.version)
            writer.endObject()
            return writer.finish()
        }
    }
}

extension PastView {
    /// The version that was in production by its state.
    func inProduction(_ model: ModelRecord) throws -> (version: VersionRecord, tenure: JSONValue)? {
        for id in try reader.versions(model: model.id, in: .production, before: moment.end) {
            guard let row = try reader.version(id: id), wasThere(created: row.created, deleted: row.deleted),
                let entry = try reader.lastTransition(version: id, before: moment.end)
            else { continue }
            let promotion: Promotion? = try promotion(of: id, to: .production)
            return (row, ProductionDocument.tenure(row, try self.promotion(entry), promotion))
        }
        return nil
    }
}
