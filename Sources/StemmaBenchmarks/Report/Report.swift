/// Everything a run found out.
final class Report {
    private(set) var findings: [Finding] = []
    /// Measures that could not run, with the reason.
    private(set) var skipped: [(measure: String, reason: String)] = []
    private(set) var failed: [(measure: String, reason: String)] = []
    private(set) var warnings: [String] = []
    var machine: Machine?
    var isQuick = false

    /// Whether everything asked for was measured.
    var isComplete: Bool { skipped.isEmpty && failed.isEmpty }

    func add(_ finding: Finding) {
        findings.append(finding)
        Console.note("  " + TableText.line(finding))
    }

    func skip(_ measure: String, _ reason: String) {
        skipped.append((measure, reason))
        Console.note("\(measure): skipped: \(reason)")
    }

    func fail(_ measure: String, _ reason: String) {
        failed.append((measure, reason))
        Console.note("\(measure): failed: \(reason)")
    }

    func warn(_ text: String) {
        warnings.append(text)
        Console.note("warning: \(text)")
    }

    /// For people.
    func table() -> String {
        var lines: [String] = machine.map { [$0.description, ""] } ?? []
        if isQuick { lines += ["quick run: the figures say little about the daemon", ""] }
        lines += TableText.table(findings)
        let notes: [String] = findings.compactMap { finding in
            finding.note.map { "  \(finding.measure), \(finding.title): \($0)" }
        }
        if !notes.isEmpty { lines += ["", "notes"] + notes }
        lines += warnings.map { "warning: \($0)" }
        lines += skipped.map { "skipped \($0.measure): \($0.reason)" }
        lines += failed.map { "failed  \($0.measure): \($0.reason)" }
        return lines.joined(separator: "\n")
    }
}
