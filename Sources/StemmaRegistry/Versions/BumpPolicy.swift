internal import StemmaJSON

/// Chooses or checks a version number against the release before it.
enum BumpPolicy {
    /// The number that a bump leads to. Without any release yet, `auto` and `major` start at 1.0.0, `minor` at 0.1.0 and
    /// `patch` at 0.0.1. The base is the highest release ever taken, so that a deleted number is not given again.
    static func next(
        _ request: VersionRegistration.BumpRequest, highestEverTaken: SemanticVersion?, required: VersionBump
    ) throws(StemmaError) -> SemanticVersion {
        let bump: VersionBump
        switch request {
        case .exactly(let exact): bump = exact
        case .auto: bump = highestEverTaken == nil ? .major : required
        }
        guard let base = highestEverTaken ?? SemanticVersion("0.0.0"), let next = base.bumped(bump) else {
            throw StemmaError(.validationFailed, "the next version number would be too long")
        }
        return next
    }

    /// How far `version` is from the release before it. Below 1.0.0 a new minor number may break (Semantic Versioning
    /// 2.0.0, item 4, read as package managers read it), so it counts as major there.
    static func size(from previous: SemanticVersion, to version: SemanticVersion) -> VersionBump {
        if previous.major != version.major { return .major }
        if previous.minor != version.minor { return previous.major == "0" ? .major : .minor }
        return previous.major == "0" ? .minor : .patch
    }

    /// Holds a version of `model` against the release before it, if there is one. Throws `bumpTooSmall`.
    static func check(
        _ version: SemanticVersion, of model: Int64, _ immutable: JSONObject, _ reader: any MetadataReader
    ) throws {
        guard let previous = try reader.previousRelease(model: model, before: version.precedenceKey),
            let previousVersion = SemanticVersion(previous.version)
        else { return }
        let compatibility = Compatibility(from: try VersionDocument.immutable(of: previous), to: immutable)
        try BumpPolicy.check(version, after: previousVersion, compatibility)
    }

    /// Throws `bumpTooSmall` naming the fields that ask for more.
    static func check(
        _ version: SemanticVersion, after previous: SemanticVersion, _ compatibility: Compatibility
    ) throws(StemmaError) {
        let size: VersionBump = BumpPolicy.size(from: previous, to: version)
        let tooMuch: [Compatibility.Change] = compatibility.changes.filter { $0.bump > size }
        guard let worst = tooMuch.first else { return }
        let listed: [JSONValue] = tooMuch.prefix(100).map { change in
            .object([
                "field": .string(change.field), "reason": .string(change.reason), "requires": .string("\(change.bump)"),
            ])
        }
        throw StemmaError(
            .bumpTooSmall,
            "\(version) follows \(previous), but \(worst.field) \(worst.reason): this needs a \(compatibility.required) bump; "
                + "choose one, or send allow_breaking with a rationale",
            members: [
                "previous_version": .string(previous.description),
                "required_bump": .string("\(compatibility.required)"),
                "breaking": .array(listed),
            ])
    }
}
