/// A model's aliases as of a moment.
extension AliasService {
    /// Bodies of `documentShape` with `as_of`, by name, `latest` among them where there was one.
    package func listAliases(
        model name: String, _ request: ListRequest, asOf time: Timestamp, _ principal: Principal
    ) async throws -> ListAnswer {
        try principal.require(.readModels)
        let list = ShortList(core: core, list: "aliases/\(name)\u{0}\(time)", schema: .aliases)
        return try await core.store.read { [core] reader in
            let view: PastView = try PastView.open(at: time, core, reader)
            let records: [AliasRecord] = try view.aliasRecords(of: try view.model(named: name, principal))
            let rows: [ShortList.Row] = records.map { record in
                ShortList.Row(key: record.alias, values: record.filterValues) {
                    PastDocument.seal(AliasDocument.represent(record).body, time)
                }
            }
            return try list.page(rows, request)
        }
    }
}

extension PastView {
    /// Everything that aliases answered, `latest` included.
    func aliasRecords(of model: ModelRecord) throws -> [AliasRecord] {
        var records: [AliasRecord] = try aliases(of: model.id, named: model.name).compactMap { alias in
            try aliasRecord(alias, of: model)
        }
        if let id = try reader.latestVersion(model: model.id, named: model.name, at: moment),
            let row = try reader.version(id: id)
        {
            records.append(AliasService.latestRecord(try past(row).record))
        }
        return records
    }

    /// What the alias answered; nil where its version left no row.
    func aliasRecord(_ alias: PastAlias, of model: ModelRecord) throws -> AliasRecord? {
        guard let row = try version(alias.version, of: model) else { return nil }
        let version: VersionRecord = try past(row).record
        let by: String? = try alias.event.record.principalID.flatMap { try reader.principal(id: $0)?.subject }
        return AliasRecord(
            modelID: model.id, model: model.name, alias: alias.alias, versionID: version.id, version: version.version,
            state: version.state, deprecation: Deprecation(version.standing), manifestDigest: version.manifestDigest,
            updated: alias.event.record.timestamp, updatedBy: by ?? "", revision: 1)
    }
}
