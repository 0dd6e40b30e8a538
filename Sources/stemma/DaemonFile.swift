internal import Glibc
internal import StemmaHTTP
internal import StemmaJSON

/// `DIR/daemon.json`: where the running daemon answers, for the commands that talk to it.
enum DaemonFile {
    static let fileName: String = "daemon.json"

    static func write(_ addresses: [String], directory: String) throws {
        guard let first = addresses.first(where: { !$0.hasPrefix("https:") }) ?? addresses.first else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("url", first)
        writer.field("pid", Int64(getpid()))
        writer.endObject()
        try PrivateFile.write(writer.finishedText() + "\n", to: directory + "/" + fileName)
    }

    static func remove(directory: String) {
        unlink(directory + "/" + fileName)
    }
}

extension BoundAddress {
    /// `http://HOST:PORT`, `https://HOST:PORT` or `unix:PATH`.
    var url: String {
        if case .unix(let path, _) = address { return "unix:" + path }
        return description
    }
}
