/// The head of an answer (RFC 9112 sections 4 and 5).
struct ClientHead {
    enum Framing: Equatable {
        case length(Int64)
        case chunked
        case untilClose
    }

    let status: Int
    let fields: HTTPFields
    /// How long the body is (RFC 9112 section 6.3), where the status and the method allow one.
    let framing: Framing
    let keepsConnection: Bool

    /// Reads a head with its empty line; nil where it is not one of HTTP/1.1 or 1.0, or frames its body in two ways.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var lines: [Substring] = String(decoding: bytes, as: UTF8.self).unicodeScalars
            .split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        guard lines.allSatisfy({ $0.isEmpty || $0.unicodeScalars.last == "\r" }) else { return nil }
        lines = lines.map { Substring($0.unicodeScalars.dropLast()) }
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 ") || first.hasPrefix("HTTP/1.0 ") else { return nil }
        let code: Substring = first.dropFirst(9).prefix(3)
        guard code.utf8.count == 3, code.utf8.allSatisfy(ByteScan.isDigit), let status = Int(code), status >= 100 else {
            return nil
        }
        var fields = HTTPFields()
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                line[..<colon].utf8.allSatisfy(ByteScan.isToken)
            else { return nil }
            let value: Substring = line[line.index(after: colon)...]
            fields.append(line[..<colon].lowercased(), ClientHead.trimmed(value))
        }
        guard let framing = ClientHead.framing(fields) else { return nil }
        self.status = status
        self.fields = fields
        self.framing = framing
        let option: String? = fields["connection"]?.lowercased()
        keepsConnection = first.hasPrefix("HTTP/1.1") ? option != "close" : option == "keep-alive"
    }

    private static func framing(_ fields: HTTPFields) -> Framing? {
        let lengths: [String] = fields.values(of: "content-length")
        if let coding = fields["transfer-encoding"] {
            return coding.lowercased() == "chunked" && lengths.isEmpty ? .chunked : nil
        }
        guard let text = lengths.first else { return .untilClose }
        guard lengths.count == 1, !text.isEmpty, text.utf8.allSatisfy(ByteScan.isDigit), let length = Int64(text) else {
            return nil
        }
        return .length(length)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text: Substring = text
        while text.first == " " || text.first == "\t" { text = text.dropFirst() }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return String(text)
    }
}
