internal import Glibc
internal import StemmaHTTP
internal import StemmaJSON

/// The files of a data directory that commands look at.
enum DataDirectory {
    static func databasePath(_ directory: String) -> String { directory + "/registry.sqlite" }
    static func adminTokenPath(_ directory: String) -> String { directory + "/admin.token" }
    /// Written by a running daemon: `{"url":"http://127.0.0.1:8765"}` or `{"url":"unix:PATH"}`, its first plain address.
    static func daemonPath(_ directory: String) -> String { directory + "/daemon.json" }

    static func exists(_ directory: String) -> Bool {
        var status = stat()
        return stat(directory, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Where the daemon of this directory listens, or did when it last ran; nil where it has never said so. Throws
    /// `CommandFailure`.
    static func daemonAddress(_ directory: String) throws -> HTTPClientAddress? {
        let path: String = daemonPath(directory)
        guard let bytes = try SmallFile.read(path) else { return nil }
        guard let url = try? JSONParser.parse(bytes)["url"]?.string else {
            throw CommandFailure("\(path) names no address")
        }
        guard !url.hasPrefix("https:") else {
            throw CommandFailure("the daemon speaks TLS only; let it listen on a unix: path too")
        }
        guard let address = try? HTTPClientAddress(url) else { throw CommandFailure("\(path) names no address") }
        return address
    }

    /// The secret in a token file: its first line. Throws `CommandFailure`, also where there is no file.
    static func token(at path: String) throws -> String {
        guard let bytes = try SmallFile.read(path) else { throw CommandFailure("there is no token file \(path)") }
        let line: ArraySlice<UInt8> = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty, line.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure("the first line of \(path) is not a token")
        }
        return String(decoding: line, as: UTF8.self)
    }
}

/// Files of a few lines.
enum SmallFile {
    private static let maxBytes: Int = 65_536

    /// The bytes; nil where there is no such file. Throws `CommandFailure`.
    static func read(_ path: String) throws -> [UInt8]? {
        let descriptor: Int32 = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CommandFailure("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maxBytes + 1)
        var count: Int = 0
        while count < bytes.count {
            let more: Int = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw CommandFailure("cannot read \(path): \(String(cString: strerror(errno)))") }
            if more == 0 { break }
            count += more
        }
        guard count <= maxBytes else { throw CommandFailure("\(path) is too large") }
        return Array(bytes[..<count])
    }
}
