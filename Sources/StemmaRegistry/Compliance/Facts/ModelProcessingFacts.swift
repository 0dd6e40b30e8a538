internal import StemmaJSON

/// Facts about the personal data that a model processes.
enum ModelProcessingFacts {
    /// Versions in service whose datasets are looked at.
    private static let limit: Int = 100

    static func gather(_ needs: ComplianceNeeds, _ model: ModelSubject, into sheet: inout ComplianceSheet) throws {
        if needs.wants("model.processes_personal_data") {
            sheet.set("model.processes_personal_data", try processesPersonalData(model))
        }
        guard needs.wants("model.processing_record"), let record = model.metadata["processing_record"] else { return }
        for name in ["controller", "erasure_limits", "security_measures"] {
            sheet.set("model.processing_record." + name, ComplianceText.text(record[name]))
        }
        for name in ["purposes", "subject_categories", "data_categories", "recipients", "transfers"] {
            sheet.set("model.processing_record." + name, texts: ComplianceText.texts(record[name]))
        }
    }

    private static func processesPersonalData(_ model: ModelSubject) throws -> Bool {
        if ComplianceText.flag(model.tags["personal_data"]) == true { return true }
        let served: [VersionRecord] = try model.reader.versions(
            model: model.record.id, states: LifecycleState.inService, limit: limit)
        return try served.contains { record in
            try VersionDatasets(record, try VersionDocument.current(of: record), model.reader).all.contains {
                $0.isPersonal == true
            }
        }
    }
}
