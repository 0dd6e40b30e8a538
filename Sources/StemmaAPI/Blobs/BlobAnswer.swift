internal import StemmaDigest
internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// Bytes on their way out: validators, ranges, and fields that keep browsers from running them.
enum BlobAnswer {
    /// Throws `rangeNotSatisfiable`, and `blobCorrupt` before anything is sent where the bytes are damaged.
    static func make(
        _ call: Call, digest: Digest, size: Int64, mediaType: String, filename: String, location: String?
    ) async throws -> HTTPResponse {
        let etag: String = "\"\(digest)\""
        var headers = HTTPFields([
            ("etag", etag), ("repr-digest", "sha-256=:\(Base64.encode(digest.bytes)):"), ("accept-ranges", "bytes"),
            ("cache-control", location == nil ? "private, max-age=31536000, immutable" : "private, no-cache"),
        ])
        if let location { headers.append("content-location", location) }
        if Conditional.isUnmodified(call.request, etag: etag) { return HTTPResponse(status: 304, headers: headers) }
        headers.append("content-type", mediaType)
        headers.append("content-disposition", ContentDisposition.attachment(filename))
        headers.append("content-security-policy", "sandbox; default-src 'none'")
        let range: ByteRange? = try ByteRange.requested(by: call.request, etag: etag, size: size)
        let reader: any BlobReader = try await call.services.blobs.open(digest)
        guard reader.size == size else {
            throw StemmaError(.blobCorrupt, "the bytes of \(digest) are damaged", cause: "stored size differs")
        }
        let region: ByteRange = range ?? ByteRange(offset: 0, length: size)
        if let range {
            let last: Int64 = range.offset + range.length - 1
            headers.append("content-range", "bytes \(range.offset)-\(last)/\(size)")
        }
        return HTTPResponse(status: range == nil ? 200 : 206, headers: headers, body: body(reader, region))
    }

    private static func body(_ reader: any BlobReader, _ region: ByteRange) -> ResponseBody {
        guard let descriptor = reader.descriptor else {
            return .stream(length: region.length, BlobStream(reader: reader, region: region))
        }
        return .file(
            BlobRegion(reader: reader, descriptor: descriptor, offset: region.offset, length: region.length))
    }
}

/// A part of a blob's file, for `sendfile`.
private struct BlobRegion: FileRegion {
    let reader: any BlobReader
    let descriptor: Int32
    let offset: Int64
    let length: Int64

    func isStillIntact() -> Bool { reader.isStillIntact() }
}

/// A part of a blob that has no file.
private actor BlobStream: BodyStream {
    private static let pieceBytes: Int64 = 262_144

    private let reader: any BlobReader
    private var offset: Int64
    private let end: Int64

    init(reader: any BlobReader, region: ByteRange) {
        self.reader = reader
        offset = region.offset
        end = region.offset + region.length
    }

    func next() async throws -> [UInt8]? {
        guard offset < end else { return nil }
        let piece: [UInt8] = try await reader.read(at: offset, count: Int(min(BlobStream.pieceBytes, end - offset)))
        guard !piece.isEmpty, reader.isStillIntact() else {
            throw StemmaError(.blobCorrupt, "the bytes changed while they were sent")
        }
        offset += Int64(piece.count)
        return piece
    }
}

/// One range of bytes (RFC 9110 section 14).
struct ByteRange: Sendable, Equatable {
    let offset: Int64
    let length: Int64

    /// The range that the request asks for and that applies; nil for the whole. Several ranges, other units and malformed
    /// fields count as none, as the RFC allows. Throws `rangeNotSatisfiable`.
    static func requested(by request: HTTPRequest, etag: String, size: Int64) throws(StemmaError) -> ByteRange? {
        guard request.method == .get, let field = request.headers["range"] else { return nil }
        if let condition = request.headers["if-range"], condition != etag { return nil }
        guard field.prefix(6).lowercased() == "bytes=", !field.contains(",") else { return nil }
        let halves: [Substring] = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2, let first = position(halves[0]), let last = position(halves[1]) else { return nil }
        switch (first, last) {
        case (.absent, .absent): return nil
        case (.absent, .at(let count)):
            guard count > 0, size > 0 else { throw refusal(size) }
            let length: Int64 = min(count, size)
            return ByteRange(offset: size - length, length: length)
        case (.at(let offset), .absent):
            guard offset < size else { throw refusal(size) }
            return ByteRange(offset: offset, length: size - offset)
        case (.at(let offset), .at(let end)):
            guard offset <= end else { return nil }
            guard offset < size else { throw refusal(size) }
            return ByteRange(offset: offset, length: min(end, size - 1) - offset + 1)
        }
    }

    private enum Position {
        case absent
        case at(Int64)
    }

    /// Nil where it is neither empty nor digits.
    private static func position(_ text: Substring) -> Position? {
        if text.isEmpty { return .absent }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .at(Int64(text) ?? Int64.max)
    }

    private static func refusal(_ size: Int64) -> StemmaError {
        StemmaError(
            .rangeNotSatisfiable, "the range lies outside the \(size) bytes", members: ["size_bytes": .integer(size)])
    }
}

/// `Content-Disposition` values.
enum ContentDisposition {
    /// `attachment` with the last segment of the name (RFC 6266): plain for old clients, UTF-8 for the rest.
    static func attachment(_ name: String) -> String {
        let last: String = name.split(separator: "/").last.map(String.init) ?? "download"
        let plain = String(
            last.unicodeScalars.map {
                $0.isASCII && $0.value >= 0x20 && !"\"\\%".unicodeScalars.contains($0) ? Character($0) : "_"
            })
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(ResourcePath.segment(last))"
    }
}

/// Digests that clients send along (RFC 9530).
enum DigestFields {
    /// The SHA-256 of `Repr-Digest` or `Content-Digest`. Throws `invalidRequest` where one is malformed.
    static func expected(_ request: HTTPRequest) throws(StemmaError) -> Digest? {
        guard let field = request.headers["repr-digest"] ?? request.headers["content-digest"] else { return nil }
        for part in field.split(separator: ",") {
            let entry: Substring = part.trimmingPrefix(while: { $0 == " " })
            guard entry.hasPrefix("sha-256=:"), entry.hasSuffix(":"), entry.count > 10 else { continue }
            let text = String(entry.dropFirst(9).dropLast())
            guard let bytes = Base64.decode(text), let digest = Digest(bytes: bytes) else {
                throw StemmaError(.invalidRequest, "the digest sent along is not a SHA-256 in Base64")
            }
            return digest
        }
        return nil
    }
}
