internal import StemmaHTTP
internal import StemmaRegistry

/// The field by which a reader says who it is.
enum ConsumerField {
    static let name: String = "Stemma-Consumer"
    /// The operations that note who it is.
    static let operations: Set<String> = [
        "ReadAlias", "ReadVersion", "ReadVersionByID", "ListArtifacts", "ReadArtifact", "ReadArchive",
        "ReadTraffic",
    ]
}

extension Call {
    /// What every read of a version ends with: its consumer is noted, and a deprecated version says that it is.
    /// Throws `invalidRequest` for a bad consumer name.
    func answer(
        _ response: HTTPResponse, of version: VersionRecord, ref: String
    ) throws(StemmaError) -> HTTPResponse {
        if let target = ConsumerTarget(version, ref: ref) { try noteConsumer(of: target) }
        var response: HTTPResponse = response
        DeprecationFields.append(Deprecation(version.standing), to: &response.headers)
        return response
    }

    /// The same for a read of an alias.
    func answer(_ response: HTTPResponse, of alias: AliasRecord) throws(StemmaError) -> HTTPResponse {
        try noteConsumer(of: ConsumerTarget(alias))
        var response: HTTPResponse = response
        DeprecationFields.append(alias.deprecation, to: &response.headers)
        return response
    }

    /// Notes the read of a version where the request says who reads. An empty field says nothing.
    /// Throws `invalidRequest` for a bad name, or more than one.
    func noteConsumer(of target: ConsumerTarget) throws(StemmaError) {
        let fields: [String] = request.headers.values(of: "stemma-consumer")
        guard let field = fields.first, fields.count > 1 || !field.isEmpty else { return }
        guard fields.count == 1 else { throw StemmaError(.invalidRequest, "Stemma-Consumer was sent more than once") }
        let name: ConsumerName
        do throws(NameFault) {
            name = try ConsumerName(validating: field)
        } catch {
            throw StemmaError(.invalidRequest, "Stemma-Consumer \(error.reason)")
        }
        services.consumers.log.note(target, name)
    }
}
