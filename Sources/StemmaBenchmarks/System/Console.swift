internal import Glibc

/// Results go to standard output, progress to standard error.
enum Console {
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func note(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes: [UInt8] = Array(text.utf8)
        bytes.append(UInt8(ascii: "\n"))
        Files.writeAll(bytes, to: descriptor)
    }
}
