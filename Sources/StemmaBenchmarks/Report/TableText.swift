/// The table for people.
enum TableText {
    private static let head: [String] = ["measure", "", "stemma", "yardstick", "", "ratio", "bar", ""]

    /// Columns as wide as their widest cell.
    static func table(_ findings: [Finding]) -> [String] {
        let rows: [[String]] = [head] + findings.map(cells)
        let widths: [Int] = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells: [String] = row.indices.map { column in
                isNumber(column)
                    ? Text.padded(left: row[column], widths[column]) : Text.padded(row[column], widths[column])
            }
            return Text.trimmedRight(cells.joined(separator: "  "))
        }
    }

    /// One finding as a line of progress.
    static func line(_ finding: Finding) -> String {
        cells(finding).dropFirst().filter { !$0.isEmpty }.joined(separator: "  ")
    }

    private static func isNumber(_ column: Int) -> Bool { [2, 3, 5].contains(column) }

    private static func cells(_ finding: Finding) -> [String] {
        let verdict: String =
            switch finding.isMet {
            case true?: "met"
            case false?: "MISSED"
            case nil: ""
            }
        return [
            finding.measure, finding.title, show(finding.median, finding.unit),
            finding.yardstick.map { show($0.median, finding.unit) } ?? "", finding.yardstick?.name ?? "",
            finding.ratio.map { Text.fixed($0, 2) } ?? "", finding.bar.map { show($0, finding) } ?? "", verdict,
        ]
    }

    private static func show(_ bar: Finding.Bar, _ finding: Finding) -> String {
        let limit: String = finding.yardstick == nil ? show(bar.limit, finding.unit) : Text.shortest(bar.limit)
        return "\(bar.sign) \(limit)"
    }

    private static func show(_ value: Double, _ unit: Finding.Unit) -> String {
        switch unit {
        case .perSecond: Text.grouped(value) + "/s"
        case .seconds: Text.fixed(value, 3) + " s"
        case .bytes where abs(value) < 1_048_576: Text.fixed(value / 1_024, 1) + " KiB"
        case .bytes: Text.fixed(value / 1_048_576, 1) + " MiB"
        case .bytesPerSecond: Text.grouped(value / 1_048_576) + " MiB/s"
        case .count: Text.grouped(value)
        case .microseconds: Text.grouped(value) + " us"
        }
    }
}
