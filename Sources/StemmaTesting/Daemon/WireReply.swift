package import StemmaJSON

/// One answer as it came over the wire.
package struct WireReply: Sendable {
    /// One header field.
    package struct Field: Sendable {
        /// As written, not compared exactly.
        package let name: String
        /// Without the white space around it.
        package let value: String

        /// A field as it stands.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// From 100 to 599.
    package let status: Int
    /// In the order received, names as written.
    package let fields: [Field]
    /// Decoded from the transfer coding.
    package let body: [UInt8]

    /// An answer as it stands.
    package init(status: Int, fields: [Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of that name, compared without regard to case.
    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The values of all fields of that name.
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The body as UTF-8.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Whether the status is from 200 to 299.
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as JSON; `null` where it is none, so that a test can go on and report what it misses. A list nests the
    /// documents that it carries, so this reads deeper than the daemon reads requests.
    package var json: JSONValue { (try? JSONParser.parse(body, limits: JSONLimits(depth: 128))) ?? .null }

    /// The media type without parameters.
    package var mediaType: String? {
        self["Content-Type"].map { String($0.prefix { $0 != ";" && $0 != " " }) }
    }

    /// Whether the connection ends after this answer.
    package var closes: Bool { self["Connection"]?.lowercased() == "close" }
}

extension WireReply: CustomStringConvertible {
    /// Status, fields and, where it is text, the beginning of the body, for messages.
    package var description: String {
        let head = fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        let isText = mediaType?.hasSuffix("json") == true || mediaType?.hasPrefix("text/") == true
        let shown = isText ? String(decoding: body.prefix(2_000), as: UTF8.self) : "(\(body.count) bytes)"
        return "\(status)\n\(head)\n\n\(shown)"
    }
}

/// What can go wrong between a test and the daemon on a connection.
package enum WireError: Error {
    /// The connection ended before the first byte of an answer.
    case closed
    /// The connection ended within an answer; with what had come.
    case truncated(WireReply)
    /// Nothing came for the time a test is ready to wait.
    case timedOut
    /// The answer broke HTTP/1.1; with the reason.
    case malformed(String)
}
