/// Growing memory with a reading end and a writing end. Bytes are appended behind and consumed in front; an emptied buffer
/// starts again at its beginning.
struct ByteBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    private var start = 0
    private var end = 0

    init() {}

    init(capacity: Int) { grow(to: capacity) }

    deinit { memory?.deallocate() }

    @inline(__always)
    var count: Int { end &- start }

    @inline(__always)
    var isEmpty: Bool { end == start }

    /// The first byte; only where the buffer has memory.
    @inline(__always)
    var readable: UnsafeRawPointer { UnsafeRawPointer(memory.unsafelyUnwrapped + start) }

    /// Where the next bytes go; valid for what `reserve` made room for.
    @inline(__always)
    var writable: UnsafeMutableRawPointer { memory.unsafelyUnwrapped + end }

    /// How many bytes fit at `writable`.
    @inline(__always)
    var room: Int { capacity &- end }

    /// Makes room for so many more bytes.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if capacity &- end < more { makeRoom(more) }
    }

    private mutating func makeRoom(_ more: Int) {
        if start > 0, capacity - count >= more, let memory {
            memory.copyMemory(from: memory + start, byteCount: count)
            (start, end) = (0, count)
            return
        }
        grow(to: max(count + more, capacity * 2, 1024))
    }

    private mutating func grow(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        if let memory {
            larger.copyMemory(from: memory + start, byteCount: count)
            memory.deallocate()
        }
        (memory, capacity, end) = (larger, size, count)
        start = 0
    }

    /// Says that so many bytes were written at `writable`.
    @inline(__always)
    mutating func advance(_ count: Int) { end &+= count }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, _ count: Int) {
        reserve(count)
        writable.copyMemory(from: bytes, byteCount: count)
        end &+= count
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        append(base, bytes.count)
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    @inline(__always)
    mutating func append(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    mutating func consume(_ count: Int) {
        start &+= count
        if start == end { (start, end) = (0, 0) }
    }

    mutating func removeAll() { (start, end) = (0, 0) }

    /// Gives the memory back, so that an idle connection holds none.
    mutating func release() {
        memory?.deallocate()
        (memory, capacity, start, end) = (nil, 0, 0, 0)
    }
}
