/// A pack as a tar archive of plain ustar headers (POSIX.1-1988), each field written in one way only, so that a changed byte
/// is seen: what is read must be what would be written.
package enum PackArchive {
    package struct File: Sendable, Equatable {
        /// At most 100 bytes of ASCII.
        package let path: String
        package let bytes: [UInt8]

        package init(path: String, bytes: [UInt8]) {
            self.path = path
            self.bytes = bytes
        }
    }

    private static let blockBytes: Int = 512
    /// Two blocks of zeros end an archive.
    package static let end: [UInt8] = Array(repeating: 0, count: 2 * blockBytes)

    /// A member with what fills its last block. `seconds` since 1970 is its time.
    package static func member(_ file: File, seconds: Int64) -> [UInt8] {
        header(path: Array(file.path.utf8), size: file.bytes.count, seconds: seconds) + file.bytes
            + [UInt8](repeating: 0, count: padding(file.bytes.count))
    }

    /// Bytes of the whole archive.
    package static func length(_ files: [File]) -> Int64 {
        files.reduce(Int64(end.count)) { $0 + Int64(blockBytes + $1.bytes.count + padding($1.bytes.count)) }
    }

    private static func padding(_ size: Int) -> Int { (blockBytes - size % blockBytes) % blockBytes }

    private static func header(path: [UInt8], size: Int, seconds: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: [UInt8], at offset: Int) { block.replaceSubrange(offset..<(offset + text.count), with: text) }
        func octal(_ value: Int, digits: Int) -> [UInt8] {
            let text: [UInt8] = Array(String(value, radix: 8).utf8)
            return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text
        }
        put(path, at: 0)
        put(Array("0000644".utf8), at: 100)
        put(Array("0000000".utf8), at: 108)
        put(Array("0000000".utf8), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(Int(seconds), digits: 11), at: 136)
        put(Array("        ".utf8), at: 148)
        put(Array("0".utf8), at: 156)
        put(Array("ustar".utf8), at: 257)
        put(Array("00".utf8), at: 263)
        let sum: Int = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6), at: 148)
        block[154] = 0
        return block
    }

    /// The members in their order; nil where the archive is not written as `member` writes it.
    package static func read(_ archive: [UInt8]) -> [File]? {
        var files: [File] = []
        var paths: Set<String> = []
        var position: Int = 0
        while position + blockBytes <= archive.count {
            let block: ArraySlice<UInt8> = archive[position..<(position + blockBytes)]
            if block[position] == 0 { return archive[position...] == end[...] ? files : nil }
            let path: [UInt8] = Array(block.prefix(100).prefix { $0 != 0 })
            guard let size = octal(block, 124), let seconds = octal(block, 136),
                header(path: path, size: size, seconds: Int64(seconds))[...] == block,
                path.allSatisfy({ (0x21..<0x7F).contains($0) })
            else { return nil }
            let start: Int = position + blockBytes
            let next: Int = start + size + padding(size)
            guard next <= archive.count, archive[(start + size)..<next].allSatisfy({ $0 == 0 }) else { return nil }
            let file = File(path: String(decoding: path, as: UTF8.self), bytes: Array(archive[start..<(start + size)]))
            guard paths.insert(file.path).inserted else { return nil }
            files.append(file)
            position = next
        }
        return nil
    }

    /// Eleven octal digits.
    private static func octal(_ block: ArraySlice<UInt8>, _ offset: Int) -> Int? {
        let start: Int = block.startIndex + offset
        return Int(String(decoding: block[start..<(start + 11)], as: UTF8.self), radix: 8).flatMap {
            $0 >= 0 ? $0 : nil
        }
    }
}
