internal import StemmaConfiguration
internal import StemmaJSON
internal import StemmaRegistry

/// Lists of tokens for people and for programs.
enum TokenTable {
    /// Columns with headings; what a client has chosen is escaped.
    static func text(_ tokens: [TokenSummary], now: Timestamp) -> String {
        let headings: [String] = ["ID", "SUBJECT", "ROLES", "MODELS", "CREATED", "EXPIRES", "STATE"]
        let rows: [[String]] = tokens.map { token in
            [
                token.id, token.subject, token.roles.joined(separator: ","), token.models.joined(separator: ","),
                seconds(token.created), token.expires.map(seconds) ?? "never", state(token, now),
            ].map(LogText.plain)
        }
        let widths: [Int] = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([headings] + rows).map { row in
            var line: String = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line + "\n"
        }.joined()
    }

    private static func seconds(_ time: String) -> String {
        guard let dot = time.firstIndex(of: "."), time.hasSuffix("Z") else { return time }
        return time[..<dot] + "Z"
    }

    private static func state(_ token: TokenSummary, _ now: Timestamp) -> String {
        if token.revoked != nil { return "revoked" }
        if let text = token.expires, let expires = Timestamp(text), expires <= now { return "expired" }
        return "active"
    }

    /// A JSON array of the same objects as `GET /v1/tokens` has.
    static func json(_ tokens: [TokenSummary]) -> String {
        var writer = JSONWriter()
        writer.array { writer in
            for token in tokens {
                writer.object { writer in
                    writer.field("id", token.id)
                    writer.field("subject", token.subject)
                    writer.field("roles", token.roles)
                    writer.field("models", token.models)
                    writer.field("created_at", token.created)
                    writer.field("created_by", token.createdBy)
                    writer.field("expires_at", token.expires)
                    writer.field("revoked_at", token.revoked)
                }
            }
        }
        return writer.finishedText() + "\n"
    }
}
