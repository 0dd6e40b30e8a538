internal import Glibc
internal import StemmaJSON

/// Where the running daemon answers, for the commands that talk to it.
enum DaemonFile {
    static func write(_ addresses: [String], directory: String) throws {
        guard let first = addresses.first(where: { !$0.hasPrefix("https:") }) ?? addresses.first else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("url", first)
        writer.field("pid", Int64(getpid()))
        writer.endObject()
        try PrivateFile.write(writer.finishedText() + "\n", to: DataDirectory.daemonPath(directory))
    }

    static func remove(directory: String) {
        unlink(DataDirectory.daemonPath(directory))
    }
}
