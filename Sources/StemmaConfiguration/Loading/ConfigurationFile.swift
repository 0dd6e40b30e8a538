internal import Glibc

/// A fault of the file as a whole.
struct FileFault: Error {
    /// Where it is, if that is known better than by who named the file.
    let place: String?
    let detail: String

    init(place: String? = nil, _ detail: String) {
        self.place = place
        self.detail = detail
    }
}

/// Reads the text of a configuration file.
enum ConfigurationFile {
    private static let maxBytes: Int = 1 << 20

    /// Throws `FileFault`.
    static func read(_ path: String) throws(FileFault) -> String {
        let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= maxBytes {
            let count: Int = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path)
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        guard bytes.count <= maxBytes else { throw FileFault(place: path, "is larger than \(maxBytes) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw FileFault(place: path, "is not UTF-8") }
        return text
    }

    private static func failure(_ path: String) -> FileFault {
        FileFault("cannot read the file `\(path)`: \(String(cString: strerror(errno)))")
    }
}
