internal import StemmaDigest
package import StemmaJSON

/// Shapes that several resources share.
package enum CommonShapes {
    private static let limits = Limits()

    package static let description: Shape = .nullable(.text(maxBytes: limits.descriptionBytes))
    package static let line: Shape = .nullable(.text(maxBytes: limits.lineBytes, check: oneLine))
    package static let requiredLine: Shape = .text(maxBytes: limits.lineBytes, minBytes: 1, check: oneLine)
    package static let rationale: Shape = .nullable(.text(maxBytes: limits.rationaleBytes))
    package static let tags: Shape = .map(
        of: .text(maxBytes: limits.tagValueBytes), maxCount: limits.tagCount, keyBytes: limits.tagKeyBytes)
    /// A tag set to null in a merge patch goes away.
    package static let tagsPatch: Shape = .nullable(
        .map(
            of: .nullable(.text(maxBytes: limits.tagValueBytes)), maxCount: limits.tagCount,
            keyBytes: limits.tagKeyBytes))
    package static let freeObject: Shape = .map(
        of: .any, maxCount: limits.freeMetadataMembers, keyBytes: limits.tagKeyBytes)
    package static let metrics: Shape = .map(
        of: .number(minimum: nil), maxCount: limits.metricCount, keyBytes: limits.metricNameBytes)
    package static let metricsPatch: Shape = .nullable(
        .map(of: .nullable(.number(minimum: nil)), maxCount: limits.metricCount, keyBytes: limits.metricNameBytes))
    package static let digest: Shape = .text(maxBytes: 71, format: "sha256", example: "sha256:9f86d081...") { text in
        Digest(text) != nil ? nil : "must be sha256: and 64 lowercase hex digits"
    }
    package static let time: Shape = .text(maxBytes: 40, format: "date-time", example: "2024-01-15T10:30:00.000Z") {
        text in
        Timestamp(text) == nil ? "must be an RFC 3339 time or a date" : nil
    }

    /// Refuses control characters, so that a value stays on the line it is printed on.
    package static func oneLine(_ text: String) -> String? {
        let isControl: (Unicode.Scalar) -> Bool = { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
        return text.unicodeScalars.contains(where: isControl) ? "must not contain control characters" : nil
    }
}
