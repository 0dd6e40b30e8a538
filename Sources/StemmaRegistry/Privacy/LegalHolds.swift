internal import StemmaJSON

/// What a hold forbids, wherever something would be lost.
enum LegalHolds {
    /// Throws `legalHold` where a hold in force covers the version, or the model with all its versions (nil). A held version
    /// keeps its model too.
    static func requireNone(
        over model: String, version: String? = nil, to what: String, _ reader: any MetadataReader
    ) throws {
        let holds: [LegalHoldRecord] = try covering(model, version, reader)
        guard !holds.isEmpty else { return }
        throw refusal(holds, to: what)
    }

    /// Tells the log of something that the registry would have done by itself and a hold stopped.
    static func noteRefusal(of action: String, _ resource: ResourceID, _ core: RegistryCore) async {
        await core.refusals.note(
            RefusalLog.Attempt(
                principal: core.system, requestID: "", address: "", action: action, status: 409,
                code: StemmaErrorCode.legalHold.rawValue, resource: resource))
    }

    /// Holds in force that cover the version, or the model.
    static func covering(
        _ model: String, _ version: String?, _ reader: any MetadataReader
    ) throws -> [LegalHoldRecord] {
        try reader.legalHoldsInForce().filter { $0.scope.covers(model: model, version: version) }
    }

    static func refusal(_ holds: [LegalHoldRecord], to what: String) -> StemmaError {
        let ids: [String] = holds.map(\.id)
        return StemmaError(
            .legalHold,
            "\(what) is refused while the legal hold \(ids.joined(separator: ", ")) is in force; somebody else than who placed "
                + "it can release it",
            members: ["legal_holds": .array(ids.map { .string($0) })])
    }
}
