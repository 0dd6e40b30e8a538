internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// A whole population as CSV (RFC 4180) or NDJSON, one page of it in memory at a time.
actor PopulationStream: BodyStream {
    /// Answers a page from a cursor.
    typealias Fetch = @Sendable (_ cursor: String?, _ limit: Int) async throws -> ListAnswer

    private static let pageItems: Int = 200

    private let format: AuditFormat
    private let columns: [String]
    private let fetch: Fetch
    private var cursor: String?
    private var ready: [UInt8]?
    private var isAtEnd: Bool = false

    init(format: AuditFormat, columns: [String], cursor: String?, fetch: @escaping Fetch) {
        self.format = format
        self.columns = columns
        self.cursor = cursor
        self.fetch = fetch
    }

    /// Fetches the first page. Throws what the query throws.
    func begin() async throws {
        let header: [UInt8] = format == .csv ? Array((columns.joined(separator: ",") + "\r\n").utf8) : []
        ready = header + (try await page())
    }

    func next() async throws -> [UInt8]? {
        if let bytes = ready {
            ready = nil
            if !bytes.isEmpty { return bytes }
        }
        guard !isAtEnd else { return nil }
        let bytes: [UInt8] = try await page()
        return bytes.isEmpty ? nil : bytes
    }

    private func page() async throws -> [UInt8] {
        let page: ListAnswer = try await fetch(cursor, PopulationStream.pageItems)
        cursor = page.nextCursor
        isAtEnd = cursor == nil
        var bytes: [UInt8] = []
        for item in page.items {
            switch format {
            case .ndjson: bytes += item + [UInt8(ascii: "\n")]
            case .csv:
                let value: JSONValue = try JSONBody.parse(item)
                let cells: [String] = columns.map { CSVCell.value(value[$0] ?? .null) }
                bytes += Array((cells.joined(separator: ",") + "\r\n").utf8)
            }
        }
        return bytes
    }

    static func answer(_ stream: PopulationStream, _ format: AuditFormat, name: String) -> HTTPResponse {
        var headers = HTTPFields([("content-type", format.mediaType), ("cache-control", "no-store")])
        if format == .csv {
            headers.append("content-disposition", ContentDisposition.attachment(name + ".csv"))
        }
        return HTTPResponse(status: 200, headers: headers, body: .stream(length: nil, stream))
    }
}
