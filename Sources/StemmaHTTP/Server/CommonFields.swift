internal import Glibc

/// The fields that every answer carries, `Date` and `X-Request-Id`, kept as ready bytes by one event loop:
/// `Date: Sun, 06 Nov 1994 08:49:37 GMT` CRLF `X-Request-Id: 0123abcd-00000000002f` CRLF CRLF.
///
/// A request id is a random prefix for the loop and a counter, so that ids neither repeat nor cost anything.
struct CommonFields: ~Copyable {
    private static let dateStart = 6
    private static let dateLineBytes = 37
    private static let idStart = dateLineBytes + 14
    private static let idBytes = 21
    private static let totalBytes = dateLineBytes + 14 + idBytes + 4

    private let memory: UnsafeMutableRawPointer
    private var second = time_t(-1)

    init() {
        memory = .allocate(byteCount: Self.totalBytes, alignment: 8)
        var random = SystemRandomNumberGenerator()
        let prefix = String(UInt64(random.next() as UInt32) | 1 << 32, radix: 16).dropFirst()
        let text = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Request-Id: \(prefix)-000000000000\r\n\r\n"
        memory.copyMemory(from: Array(text.utf8), byteCount: Self.totalBytes)
    }

    deinit { memory.deallocate() }

    /// Brings `Date` up to now.
    mutating func refresh() {
        let now = time(nil)
        guard now != second else { return }
        second = now
        var parts = tm()
        var copy = now
        gmtime_r(&copy, &parts)
        let text = Self.imfFixdate(parts)
        (memory + Self.dateStart).copyMemory(from: Array(text.utf8), byteCount: 29)
    }

    /// RFC 9110 section 5.6.7.
    private static func imfFixdate(_ parts: tm) -> String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return
            "\(days[Int(parts.tm_wday)]), \(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    /// Makes the next request id.
    @inline(__always)
    mutating func nextID() {
        var at = Self.idStart &+ Self.idBytes &- 1
        while true {
            let digit = memory.load(fromByteOffset: at, as: UInt8.self)
            if digit == UInt8(ascii: "f") {
                memory.storeBytes(of: UInt8(ascii: "0"), toByteOffset: at, as: UInt8.self)
                at &-= 1
                // Twelve hexadecimal digits do not run out; the dash stops the carry all the same.
                if at <= Self.idStart &+ 8 { return }
                continue
            }
            memory.storeBytes(
                of: digit == UInt8(ascii: "9") ? UInt8(ascii: "a") : digit &+ 1, toByteOffset: at, as: UInt8.self)
            return
        }
    }

    /// The current request id.
    var id: String {
        String(decoding: UnsafeRawBufferPointer(start: memory + Self.idStart, count: Self.idBytes), as: UTF8.self)
    }

    /// `Date`, CRLF, `X-Request-Id` with the current id, CRLF, and the empty line that ends the head.
    @inline(__always)
    var wholeEnd: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: Self.totalBytes) }

    /// The same without the empty line.
    var lines: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: Self.totalBytes - 2) }

    /// `Date` and CRLF.
    var dateLine: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: Self.dateLineBytes) }

    /// A client's id as text, where it is sane.
    static func saneText(_ range: ByteRange, in base: UnsafeRawPointer) -> String? {
        isSane(range.bytes(in: base)) ? range.text(in: base) : nil
    }

    /// Whether a client's id is short and plain enough to be repeated and logged.
    static func isSane(_ id: UnsafeRawBufferPointer) -> Bool {
        guard !id.isEmpty, id.count <= 128 else { return false }
        return id.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
                UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
