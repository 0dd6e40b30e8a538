internal import Glibc

/// A failure of the operating system with the database's files.
package struct SQLiteFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system call.
    package let operation: String
    /// The file it was about.
    package let path: String
    /// The error number.
    package let errorNumber: Int32

    /// The failure of a call, by default with the number it has just left in `errno`.
    init(_ operation: String, _ path: String, errorNumber: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.errorNumber = errorNumber
    }

    /// The name is taken.
    static func exists(_ path: String) -> SQLiteFileError {
        SQLiteFileError("open", path, errorNumber: EEXIST)
    }

    package var description: String { "\(operation) \(path): \(String(cString: strerror(errorNumber)))" }
}
