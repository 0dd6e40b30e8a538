/// Reads `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) part by part in constant memory. Used by one task.
package actor MultipartReader {
    /// Header bytes of one part at most.
    private static let partHeadMaxBytes: Int = 16_384
    /// Parts of one form at most.
    private static let partsMax: Int = 10_000

    private let pull: @Sendable () async throws -> [UInt8]?
    /// CRLF, two hyphens and the boundary: what ends a part's content.
    private let delimiter: [UInt8]
    private var buffer: [UInt8] = [0x0d, 0x0a]
    private var start: Int = 0
    private var isInPart: Bool = false
    private var partCount: Int = 0
    private var isFinished: Bool = false
    private var hasBegun: Bool = false

    /// Throws `HTTPError` 400 where the content type names no usable boundary.
    package init(contentType: String, pull: @escaping @Sendable () async throws -> [UInt8]?) throws {
        guard let boundary = FieldParameters.value(of: "boundary", in: contentType),
            (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20..<0x7f).contains($0) })
        else { throw MultipartReader.malformed("the Content-Type names no boundary of 1 to 70 characters") }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.pull = pull
    }

    /// One part; its content has to be read before the next part is asked for, what is left of it is skipped.
    package struct Part: Sendable {
        /// The form field's name.
        package let name: String
        package let filename: String?
        /// The part's `Content-Type` as sent.
        package let contentType: String?
        let reader: MultipartReader

        package var isJSON: Bool {
            contentType.map { $0.lowercased().hasPrefix("application/json") } ?? false
        }

        /// The next piece of the content, or nil at its end.
        package func next() async throws -> [UInt8]? { try await reader.nextPiece() }

        /// The whole content. Throws `HTTPError` 413 where it exceeds `limit` bytes.
        package func collect(limit: Int) async throws -> [UInt8] {
            var whole: [UInt8] = []
            while let piece = try await next() {
                guard whole.count + piece.count <= limit else { throw HTTPError.payloadTooLarge(limitBytes: limit) }
                whole.append(contentsOf: piece)
            }
            return whole
        }
    }

    /// The next part, or nil after the last. Throws `HTTPError` 400 where the form is malformed or breaks off.
    package func nextPart() async throws -> Part? {
        while try await nextPiece() != nil {}
        if isFinished { return nil }
        if !hasBegun {
            hasBegun = true
            try await skipPreamble()
        }
        try await need(2, "the form ends inside a boundary")
        if byte(0) == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
            isFinished = true
            // The epilogue means nothing, but the body has to be taken to its end.
            while try await pull() != nil {}
            return nil
        }
        while byte(0) == UInt8(ascii: " ") || byte(0) == UInt8(ascii: "\t") {
            start += 1
            try await need(2, "the form ends inside a boundary")
        }
        guard byte(0) == 0x0d, byte(1) == 0x0a else {
            throw MultipartReader.malformed("a boundary is not followed by a line end")
        }
        partCount += 1
        guard partCount <= MultipartReader.partsMax else {
            throw MultipartReader.malformed("the form has more than \(MultipartReader.partsMax) parts")
        }
        return try part(try await readHead())
    }

    fileprivate func nextPiece() async throws -> [UInt8]? {
        guard isInPart else { return nil }
        while true {
            if let found = find(delimiter, from: start) {
                isInPart = false
                let piece = Array(buffer[start..<found])
                start = found + delimiter.count
                return piece.isEmpty ? nil : piece
            }
            // The tail may be the beginning of the delimiter.
            let safe: Int = buffer.count - delimiter.count + 1
            if safe > start {
                let piece = Array(buffer[start..<safe])
                start = safe
                return piece
            }
            try await fill("the form ends inside a part")
        }
    }

    private func skipPreamble() async throws {
        while true {
            if let found = find(delimiter, from: start) {
                start = found + delimiter.count
                return
            }
            start = max(start, buffer.count - delimiter.count + 1)
            try await fill("the form has no boundary")
        }
    }

    /// From the CRLF after the boundary to the empty line.
    private func readHead() async throws -> String {
        let end: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a]
        while true {
            if let found = find(end, from: start) {
                let head: ArraySlice<UInt8> = buffer[min(start + 2, found)..<found]
                start = found + end.count
                isInPart = true
                // An empty content directly follows; the delimiter's CRLF is then the head's own.
                buffer.replaceSubrange((start - 2)..<start, with: [0x0d, 0x0a])
                if startsWithDelimiterWithoutLineEnd() { start -= 2 }
                guard let text = String(validating: head, as: UTF8.self) else {
                    throw MultipartReader.malformed("the header of a part is not UTF-8")
                }
                return text
            }
            guard buffer.count - start <= MultipartReader.partHeadMaxBytes else {
                throw MultipartReader.malformed(
                    "the header of a part exceeds \(MultipartReader.partHeadMaxBytes) bytes")
            }
            try await fill("the form ends inside the header of a part")
        }
    }

    private func startsWithDelimiterWithoutLineEnd() -> Bool {
        let rest: ArraySlice<UInt8> = delimiter[2...]
        return buffer.count - start >= rest.count && buffer[start..<(start + rest.count)].elementsEqual(rest)
    }

    private func part(_ head: String) throws -> Part {
        var disposition: String?
        var contentType: String?
        for line in head.split(separator: "\r\n", omittingEmptySubsequences: true) {
            guard let colon = line.firstIndex(of: ":") else {
                throw MultipartReader.malformed("a header line of a part has no colon")
            }
            let value = String(line[line.index(after: colon)...].drop(while: { $0 == " " || $0 == "\t" }))
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = value
            case "content-type": contentType = value
            case "content-transfer-encoding" where !["binary", "8bit", "7bit"].contains(value.lowercased()):
                throw MultipartReader.malformed("the transfer encoding \(value) is not taken")
            default: break
            }
        }
        guard let disposition, disposition.lowercased().hasPrefix("form-data"),
            let name = FieldParameters.value(of: "name", in: disposition)
        else { throw MultipartReader.malformed("a part has no form-data name") }
        let filename: String? = FieldParameters.value(of: "filename", in: disposition).flatMap { $0.isEmpty ? nil : $0 }
        return Part(name: name, filename: filename, contentType: contentType, reader: self)
    }

    private func byte(_ offset: Int) -> UInt8 { buffer[start + offset] }

    private func need(_ count: Int, _ problem: String) async throws {
        while buffer.count - start < count { try await fill(problem) }
    }

    private func fill(_ problem: String) async throws {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        guard let piece = try await pull() else { throw MultipartReader.malformed(problem) }
        buffer.append(contentsOf: piece)
    }

    private func find(_ pattern: [UInt8], from offset: Int) -> Int? {
        guard buffer.count - offset >= pattern.count else { return nil }
        return buffer.withUnsafeBufferPointer { bytes in
            var position: Int = offset
            let last: Int = bytes.count - pattern.count
            while position <= last {
                if bytes[position] == pattern[0] {
                    var matched: Int = 1
                    while matched < pattern.count, bytes[position + matched] == pattern[matched] { matched += 1 }
                    if matched == pattern.count { return position }
                }
                position += 1
            }
            return nil
        }
    }

    private static func malformed(_ detail: String) -> HTTPError {
        HTTPError(status: 400, code: "malformed_form", detail: detail)
    }
}

/// Parameters of structured field values such as `form-data; name="file"`.
enum FieldParameters {
    /// The parameter's value, unquoted; nil where it is absent. Backslash escapes a quote or a backslash inside quotes.
    static func value(of name: String, in field: String) -> String? {
        var rest: Substring = field[...]
        guard let first = rest.firstIndex(of: ";") else { return nil }
        rest = rest[first...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop(while: { $0 == " " })
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key: String = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value: String = takeValue(&rest)
            if key == name { return value }
        }
        return nil
    }

    private static func takeValue(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let value: Substring = rest.prefix(while: { $0 != ";" && $0 != " " })
            rest = rest[value.endIndex...]
            return String(value)
        }
        rest.removeFirst()
        var value: String = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                rest.removeFirst()
                value.append(next)
            } else {
                value.append(character)
            }
        }
        return value
    }
}
