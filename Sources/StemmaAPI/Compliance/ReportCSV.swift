internal import StemmaDigest
internal import StemmaRegistry

/// A report as one table: a section for the report itself, one for its rules, and one for each kind of violation.
enum ReportCSV {
    private static let columns: [String] = [
        "section", "name", "value", "rule", "rule_version", "title", "severity", "citations", "pass", "fail",
        "not_applicable", "waived", "violation", "subject", "owner", "owner_role", "due_at", "overdue", "opened_at",
        "closed_at", "hours_to_close", "waiver_approver", "waiver_reason", "waiver_expires_at",
    ]

    static func text(_ report: ComplianceReport) -> [UInt8] {
        var lines: [String] = [columns.joined(separator: ",")]
        var facts: [(String, String)] = [
            ("framework", report.framework), ("title", report.title), ("pack_version", String(report.packVersion)),
            ("pack_digest", report.packDigest.description), ("from", report.from.description),
            ("to", report.to.description), ("generated_at", report.generated.description),
            ("generated_by", report.generatedBy),
        ]
        if let scan = report.scan {
            facts += [
                ("scan", scan.id), ("scan_started_at", scan.started.description),
                ("as_of_audit_size", String(scan.auditSize)), ("scan_pack_digest", scan.packDigest ?? ""),
            ]
        }
        if let head = report.head {
            facts += [("audit_log_size", String(head.size)), ("audit_log_root", head.root.description)]
        }
        lines += facts.map { line(["section": "report", "name": $0.0, "value": $0.1]) }
        lines += report.rules.map { rule in
            var cells: [String: String] = [
                "section": "rule", "rule": rule.id, "rule_version": String(rule.version), "title": rule.title,
                "severity": rule.severity, "citations": rule.citations.joined(separator: "; "),
            ]
            for letter in ComplianceLetter.allCases {
                if let name = letter.name { cells[name] = String(rule.counts[letter] ?? 0) }
            }
            return line(cells)
        }
        for (section, list) in [("open", report.open), ("waived", report.waived), ("closed", report.closed)] {
            lines += list.lines.map { line(cells($0, section)) }
            if list.isTruncated {
                lines.append(line(["section": section, "name": "truncated", "value": "true"]))
            }
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    private static func cells(_ violation: ComplianceReport.ViolationLine, _ section: String) -> [String: String] {
        [
            "section": section, "rule": violation.rule, "severity": violation.severity, "violation": violation.id,
            "subject": violation.subject, "owner": violation.owner ?? "", "owner_role": violation.ownerRole,
            "due_at": violation.due.description, "overdue": violation.isOverdue ? "true" : "false",
            "opened_at": violation.opened.description, "closed_at": violation.closed?.description ?? "",
            "hours_to_close": violation.hoursToClose.map { String($0) } ?? "",
            "waiver_approver": violation.waiverApprover ?? "", "waiver_reason": violation.waiverReason ?? "",
            "waiver_expires_at": violation.waiverExpires?.description ?? "",
        ]
    }

    private static func line(_ cells: [String: String]) -> String {
        columns.map { CSVCell.text(cells[$0] ?? "") }.joined(separator: ",")
    }
}
