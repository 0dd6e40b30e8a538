internal import StemmaHTTP
internal import StemmaRegistry

/// The header fields of resumable uploads (draft-ietf-httpbis-resumable-upload).
enum UploadFields {
    /// A non-negative integer field (RFC 9651 section 3.3.1). Throws `invalidRequest`.
    static func integer(_ name: String, _ request: HTTPRequest) throws(StemmaError) -> Int64? {
        guard let text = request.headers[name.lowercased()] else { return nil }
        guard let number = Int64(text), number >= 0, String(number) == text else {
            throw StemmaError(.invalidRequest, "\(name) must be a non-negative integer")
        }
        return number
    }

    /// A boolean field (RFC 9651 section 3.3.6). Throws `invalidRequest`.
    static func boolean(_ name: String, _ request: HTTPRequest) throws(StemmaError) -> Bool? {
        switch request.headers[name.lowercased()] {
        case nil: return nil
        case "?1": return true
        case "?0": return false
        default: throw StemmaError(.invalidRequest, "\(name) must be ?1 or ?0")
        }
    }

    /// Where the upload stands.
    static func append(_ progress: UploadService.Progress, to headers: inout HTTPFields) {
        headers.append("upload-offset", String(progress.offset))
        headers.append("upload-complete", progress.isComplete ? "?1" : "?0")
        if let length = progress.length { headers.append("upload-length", String(length)) }
        headers.append("upload-expires", progress.expires.description)
    }
}
