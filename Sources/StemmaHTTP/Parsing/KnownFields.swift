extension RequestHead {
    /// Notes a field that the server itself acts on; others pass. `name` holds token characters only.
    @inline(__always)
    mutating func noteField(
        _ base: UnsafeRawPointer, name: UnsafeRawPointer, count: Int, value: ByteRange
    ) -> MessageFault? {
        switch count {
        case 4 where ByteScan.equalsName(name, count, "host"): return noteHost(base, value)
        case 6 where ByteScan.equalsName(name, count, "expect"): return noteExpect(base, value)
        case 10 where ByteScan.equalsName(name, count, "connection"): noteConnection(base, value)
        case 11 where ByteScan.equalsName(name, count, "traceparent"): traceparent = value
        case 12 where ByteScan.equalsName(name, count, "x-request-id"): clientRequestID = value
        case 13 where ByteScan.equalsName(name, count, "authorization"):
            guard !hasAuthorization else { return .severalAuthorizations }
            hasAuthorization = true
            authorization = value
        case 13 where ByteScan.equalsName(name, count, "if-none-match"):
            if hasIfNoneMatch { bypassesInline = true }
            hasIfNoneMatch = true
            ifNoneMatch = value
        case 14 where ByteScan.equalsName(name, count, "content-length"): return noteContentLength(base, value)
        case 15 where ByteScan.equalsName(name, count, "stemma-consumer"):
            if hasConsumer { bypassesInline = true }
            hasConsumer = true
            consumer = value
        case 17 where ByteScan.equalsName(name, count, "transfer-encoding"): return noteTransferCoding(base, value)
        default: break
        }
        return nil
    }

    private mutating func noteHost(_ base: UnsafeRawPointer, _ value: ByteRange) -> MessageFault? {
        guard !hasHost else { return .severalHosts }
        guard HostRules.isValid(value.bytes(in: base)) else { return .malformedHost }
        hasHost = true
        host = value
        return nil
    }

    private mutating func noteContentLength(_ base: UnsafeRawPointer, _ value: ByteRange) -> MessageFault? {
        guard contentLength < 0 else { return .severalContentLengths }
        guard let length = FieldLine.contentLength(value.bytes(in: base)) else { return .malformedContentLength }
        contentLength = length
        return nil
    }

    private mutating func noteTransferCoding(_ base: UnsafeRawPointer, _ value: ByteRange) -> MessageFault? {
        guard !hasTransferCoding else { return .severalTransferCodings }
        guard value.count > 0 else { return .emptyTransferCoding }
        hasTransferCoding = true
        guard Self.equals(value.bytes(in: base), "chunked") else { return .unknownTransferCoding }
        isChunked = true
        return nil
    }

    private mutating func noteExpect(_ base: UnsafeRawPointer, _ value: ByteRange) -> MessageFault? {
        guard !hasExpect, Self.equals(value.bytes(in: base), "100-continue") else { return .unknownExpectation }
        hasExpect = true
        expectsContinue = true
        return nil
    }

    private mutating func noteConnection(_ base: UnsafeRawPointer, _ value: ByteRange) {
        FieldLine.forEachElement(value.bytes(in: base)) { element in
            if Self.equals(element, "close") { asksClose = true }
        }
    }

    /// Compares with a lower-case text, ignoring the case of ASCII letters.
    private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let wanted = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        return ByteScan.equalsIgnoringCase(bytes, wanted)
    }
}
