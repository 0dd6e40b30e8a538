internal import StemmaDigest
internal import StemmaRegistry

/// A report as a page to print: one document with its style in it, and nothing active. Every value is escaped.
enum ReportHTML {
    static func text(_ report: ComplianceReport) -> [UInt8] {
        var html: String = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escape(report.title))</title>
            <style>\(style)</style></head><body>
            <h1>\(escape(report.title))</h1>
            <p>\(escape(report.description))</p>

            """
        html += facts(report)
        html += table(
            "Rules", ["Rule", "Severity", "What holds", "Rests on", "Pass", "Fail", "Not applicable", "Waived"],
            report.rules.map { rule in
                [
                    "\(rule.id) v\(rule.version)", rule.severity, rule.title, rule.citations.joined(separator: "; "),
                ] + [.pass, .fail, .notApplicable, .waived].map { String(rule.counts[$0] ?? 0) }
            }, isTruncated: false)
        let owners: ([String]) = ["Rule", "Severity", "Subject", "Owner", "Opened"]
        html += table(
            "Open violations", owners + ["Due", "Overdue", "Violation"],
            report.open.lines.map { lead($0) + [day($0.due), $0.isOverdue ? "overdue" : "", $0.id] },
            isTruncated: report.open.isTruncated)
        html += table(
            "Waived violations", owners + ["Approver", "Reason", "Until", "Violation"],
            report.waived.lines.map { line in
                lead(line) + [
                    line.waiverApprover ?? "", line.waiverReason ?? "", line.waiverExpires.map { day($0) } ?? "",
                    line.id,
                ]
            }, isTruncated: report.waived.isTruncated)
        html += table(
            "Closed in the period", owners + ["Closed", "Hours to close", "Violation"],
            report.closed.lines.map { line in
                lead(line) + [
                    line.closed.map { day($0) } ?? "", line.hoursToClose.map { String($0) } ?? "", line.id,
                ]
            }, isTruncated: report.closed.isTruncated)
        if let head = report.head {
            html += "<h2>Signed head of the audit log</h2>\n<pre>\(escape(head.note))</pre>\n"
        }
        html += "</body></html>\n"
        return Array(html.utf8)
    }

    private static func facts(_ report: ComplianceReport) -> String {
        var facts: [(String, String)] = [
            ("Framework", "\(report.framework), version \(report.packVersion)"),
            ("Digest of the rules", report.packDigest.description),
            ("Period", "\(report.from) to \(report.to)"),
            ("Made", "\(report.generated) by \(report.generatedBy)"),
        ]
        if let scan = report.scan {
            facts += [
                ("Scan", "\(scan.id), as of \(scan.started), \(scan.auditSize) events of the audit log"),
                ("Rules of the scan", scan.packDigest ?? ""),
            ]
        } else {
            facts.append(("Scan", "none had finished at the end of the period"))
        }
        let rows: [String] = facts.map { "<dt>\(escape($0.0))</dt><dd>\(escape($0.1))</dd>" }
        return "<dl>\n" + rows.joined(separator: "\n") + "\n</dl>\n"
    }

    private static func lead(_ line: ComplianceReport.ViolationLine) -> [String] {
        [line.rule, line.severity, line.subject, line.owner ?? "(\(line.ownerRole))", day(line.opened)]
    }

    private static func day(_ moment: Timestamp) -> String { String(moment.description.prefix(10)) }

    private static func table(_ title: String, _ heads: [String], _ rows: [[String]], isTruncated: Bool) -> String {
        var html: String = "<h2>\(escape(title))</h2>\n"
        guard !rows.isEmpty else { return html + "<p>None.</p>\n" }
        html += "<table><thead><tr>" + heads.map { "<th>\(escape($0))</th>" }.joined() + "</tr></thead><tbody>\n"
        for row in rows { html += "<tr>" + row.map { "<td>\(escape($0))</td>" }.joined() + "</tr>\n" }
        html += "</tbody></table>\n"
        if isTruncated { html += "<p>There are more; the JSON lists of violations have them all.</p>\n" }
        return html
    }

    /// Text and attribute values of HTML.
    static func escape(_ text: String) -> String {
        var escaped: String = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static let style: String = """
        body{font:11pt/1.4 serif;margin:2em auto;max-width:70em;padding:0 1em;color:#111}
        h1{font-size:18pt}h2{font-size:13pt;margin-top:2em}
        table{border-collapse:collapse;width:100%;font-size:9pt}
        th,td{border:1px solid #999;padding:.25em .4em;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        thead{display:table-header-group}tr{break-inside:avoid}
        dt{font-weight:bold}dd{margin:0 0 .4em 0;overflow-wrap:anywhere}
        pre{font-size:8pt;white-space:pre-wrap;overflow-wrap:anywhere}
        """
}
