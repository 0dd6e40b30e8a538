internal import Glibc

/// A system call of the test harness that failed.
package struct SystemFailure: Error, CustomStringConvertible {
    /// The call, with its subject where it has one.
    package let call: String
    /// The error number.
    package let code: Int32

    /// - Parameter code: The error number; that of the last call where nil.
    package init(_ call: String, code: Int32? = nil) {
        self.call = call
        self.code = code ?? errno
    }

    /// The call and the system's text for the number.
    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}
