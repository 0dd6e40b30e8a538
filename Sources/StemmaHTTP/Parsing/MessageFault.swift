/// Every way in which a message fails to be acceptable HTTP/1.1. After any of them the connection is closed, because
/// where the next request begins is no longer certain (RFC 9112 section 11.2).
package enum MessageFault: UInt8, Sendable, CaseIterable {
    case malformedRequestLine, bareLineFeed, bareCarriageReturn, controlCharacter, obsoleteFold, malformedField
    case malformedTarget, dotSegment, asteriskWithoutOptions, unsupportedVersion
    case missingHost, severalHosts, malformedHost, authorityMismatch
    case severalContentLengths, malformedContentLength, lengthAndTransferCoding
    case severalTransferCodings, emptyTransferCoding, unknownTransferCoding, transferCodingInOldVersion
    case severalAuthorizations, unknownExpectation
    case targetTooLong, headTooLarge, tooManyFields
    case malformedChunkSize, malformedChunkExtension, malformedChunkEnd, malformedTrailer, trailerTooLarge

    /// What the client is told.
    package var error: HTTPError {
        let (status, code, detail) = description
        return HTTPError(status: status, code: code, detail: detail)
    }

    private var description: (Int, String, String) {
        switch self {
        case .malformedTarget: (400, "invalid_name", "the request target is not a valid path and query")
        case .dotSegment: (400, "invalid_name", "the path has a `.` or `..` segment")
        case .unsupportedVersion: (505, "unsupported_version", "only HTTP/1.1 and HTTP/1.0 are spoken here")
        case .targetTooLong: (414, "uri_too_long", "the request target is longer than the limit")
        case .headTooLarge: (431, "head_too_large", "the request's header section is larger than the limit")
        case .tooManyFields: (431, "head_too_large", "the request has more header fields than the limit")
        case .unknownTransferCoding:
            (501, "unsupported_transfer_coding", "the only transfer coding understood is a single `chunked`")
        case .unknownExpectation: (417, "expectation_failed", "the only expectation understood is `100-continue`")
        case .missingHost, .severalHosts, .malformedHost, .authorityMismatch: (400, "invalid_host", text)
        case .malformedChunkSize, .malformedChunkExtension, .malformedChunkEnd, .malformedTrailer, .trailerTooLarge:
            (400, "malformed_body", text)
        default: (400, "malformed_request", text)
        }
    }

    private var text: String {
        switch self {
        case .bareLineFeed: "a line feed without a carriage return before it"
        case .bareCarriageReturn: "a carriage return without a line feed after it"
        case .controlCharacter: "a control character in the header section"
        case .obsoleteFold: "a header line that begins with white space"
        case .malformedField: "a header line that is not `name: value`"
        case .asteriskWithoutOptions: "the target `*` goes with OPTIONS only"
        case .missingHost: "the Host field is missing"
        case .severalHosts: "more than one Host field"
        case .malformedHost: "the Host field is not a host with an optional port"
        case .authorityMismatch: "the target's authority differs from the Host field"
        case .severalContentLengths: "more than one Content-Length field"
        case .malformedContentLength: "Content-Length is not a decimal number in range"
        case .lengthAndTransferCoding: "Content-Length and Transfer-Encoding together"
        case .severalTransferCodings: "more than one Transfer-Encoding field"
        case .emptyTransferCoding: "an empty Transfer-Encoding field"
        case .transferCodingInOldVersion: "Transfer-Encoding in an HTTP/1.0 request"
        case .severalAuthorizations: "more than one Authorization field"
        case .malformedChunkSize: "a chunk size that is not 1 to 16 hexadecimal digits in range"
        case .malformedChunkExtension: "a chunk extension with a forbidden character or beyond the limit"
        case .malformedChunkEnd: "chunk data not followed by CRLF"
        case .malformedTrailer: "a malformed or forbidden trailer field"
        case .trailerTooLarge: "the trailer section is larger than the limit"
        default: "the request line is not `METHOD target HTTP/1.1`"
        }
    }
}
