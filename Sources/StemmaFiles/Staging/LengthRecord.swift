internal import StemmaDigest
internal import StemmaRegistry

/// The number of staged bytes that were acknowledged, kept in a small file of its own beside them.
///
/// After a crash a staged file may be longer than what was synced, and its tail may be anything; only this number counts.
/// The file has two slots of 32 bytes that are written in turn, so that an interrupted write leaves the other one whole:
/// the length and a counter, eight bytes each with the highest first, then the first half of their SHA-256.
struct LengthRecord {
    private static let slotBytes: Int = 32

    private let file: Descriptor
    private(set) var length: Int64
    private var counter: UInt64

    /// A new record of no bytes, in an empty file. Nothing is written yet.
    init(new file: Descriptor) {
        self.file = file
        length = 0
        counter = 0
    }

    /// The record in `file`: the newest slot that is whole, or no bytes where none is.
    init(reading file: Descriptor) throws {
        self.init(new: file)
        var content: [UInt8] = [UInt8](repeating: 0, count: 2 * Self.slotBytes)
        let count: Int = try content.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        for start in stride(from: 0, through: count - Self.slotBytes, by: Self.slotBytes) {
            if let slot = Self.decode(content[start..<start + Self.slotBytes]), slot.counter > counter {
                (length, counter) = slot
            }
        }
    }

    /// Writes the new length durably.
    mutating func store(_ newLength: Int64) throws {
        let next: UInt64 = counter + 1
        let position: Int64 = Int64(next % 2) * Int64(Self.slotBytes)
        try file.write(Self.encode(length: newLength, counter: next), at: position)
        try file.syncData()
        (length, counter) = (newLength, next)
    }

    private static func encode(length: Int64, counter: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: UInt64(length).bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: counter.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes + SHA256Hasher.digest(bytes).bytes.prefix(16)
    }

    private static func decode(_ slot: ArraySlice<UInt8>) -> (length: Int64, counter: UInt64)? {
        let numbers: [UInt8] = Array(slot.prefix(16))
        let check: ArraySlice<UInt8> = slot.dropFirst(16)
        guard SHA256Hasher.digest(numbers).bytes.prefix(16).elementsEqual(check) else { return nil }
        let value: (ArraySlice<UInt8>) -> UInt64 = { $0.reduce(0) { $0 << 8 | UInt64($1) } }
        guard let length = Int64(exactly: value(numbers.prefix(8))) else { return nil }
        return (length, value(numbers.suffix(8)))
    }
}
