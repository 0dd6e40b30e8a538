internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// The whole range of the log, one page of events in memory at a time: the next page is fetched when the client took the
/// one before.
actor AuditStream: BodyStream {
    private static let pageEvents: Int = 500

    private let service: AuditService
    private let range: AuditService.Range
    private let principal: Principal
    private let format: AuditFormat
    private var request: ListRequest
    /// Bytes that are ready, at first the header line and the first page.
    private var ready: [UInt8]?
    private var isAtEnd: Bool = false

    init(
        service: AuditService, request: ListRequest, range: AuditService.Range, principal: Principal,
        format: AuditFormat
    ) {
        self.service = service
        self.request = ListRequest(
            limit: AuditStream.pageEvents, cursor: request.cursor, filter: request.filter, orderBy: request.orderBy)
        self.range = range
        self.principal = principal
        self.format = format
    }

    /// Fetches the first page. Throws what the query throws.
    func begin() async throws {
        let header: [UInt8] = format == .csv ? AuditCSV.header : []
        ready = header + (try await fetch())
    }

    func next() async throws -> [UInt8]? {
        if let bytes = ready {
            ready = nil
            if !bytes.isEmpty { return bytes }
        }
        guard !isAtEnd else { return nil }
        let bytes: [UInt8] = try await fetch()
        return bytes.isEmpty ? nil : bytes
    }

    private func fetch() async throws -> [UInt8] {
        let page: AuditService.EventPage = try await service.page(request, range, principal)
        request = ListRequest(
            limit: request.limit, cursor: page.next, filter: request.filter, orderBy: request.orderBy)
        isAtEnd = page.next == nil
        var bytes: [UInt8] = []
        for event in page.events {
            bytes += format == .csv ? AuditCSV.line(event) : event.json
            if format == .ndjson { bytes.append(UInt8(ascii: "\n")) }
        }
        return bytes
    }
}
