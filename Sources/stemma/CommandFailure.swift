internal import Glibc
internal import StemmaConfiguration

/// Why a command ends without success, in one line for the person who ran it.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// The exit status (sysexits.h).
    let status: Int32

    /// Control characters in the text, which may come from a server, are escaped.
    init(_ description: String, status: Int32 = EXIT_FAILURE) {
        self.description = Redaction.apply(LogText.plain(description))
        self.status = status
    }
}

/// Output for people beside a command's result.
enum StandardError {
    /// Writes each line with the program's name before it.
    static func report(_ text: String) {
        for line in text.split(separator: "\n") { note("stemma: " + line) }
    }

    static func note(_ line: String) {
        _ = Output.write(line + "\n", to: STDERR_FILENO)
    }
}

/// The result of a command.
enum StandardOutput {
    /// Throws `CommandFailure` where the reader is gone or the disk full.
    static func write(_ text: String) throws {
        let code: Int32 = Output.write(text, to: STDOUT_FILENO)
        guard code == 0 else {
            throw CommandFailure("cannot write the output: \(String(cString: strerror(code)))")
        }
    }
}

private enum Output {
    /// Answers 0 or the error's number.
    static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var rest: ArraySlice<UInt8> = ArraySlice(text.utf8)
        while !rest.isEmpty {
            let count: Int = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return errno }
            rest = rest.dropFirst(max(0, count))
        }
        return 0
    }
}
