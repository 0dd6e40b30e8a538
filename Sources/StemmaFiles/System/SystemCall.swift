internal import Glibc
internal import StemmaRegistry

/// The `errno` of a system call that failed.
struct SystemError: Error {
    let code: Int32
}

/// Runs one system call, again for as long as a signal interrupts it; a negative result becomes its `errno`.
func systemCall<Number: SignedInteger>(_ body: () -> Number) throws(SystemError) -> Number {
    while true {
        let result: Number = body()
        if result >= 0 { return result }
        let code: Int32 = errno
        if code != EINTR { throw SystemError(code: code) }
    }
}

/// What a failed system call means to the client: `insufficientStorage` for a full disk or quota, else `internalError`.
/// The call, the file (never a client's text) and the system's reason go to the log.
func storageFault(_ call: String, _ subject: String, _ code: Int32) -> StemmaError {
    let cause: String = "\(call) \(subject): \(String(cString: strerror(code)))"
    switch code {
    case ENOSPC, EDQUOT: return insufficientStorage(cause: cause)
    default: return StemmaError(.internalError, "The blob store could not do this.", cause: cause)
    }
}

/// The refusal of bytes for which there is no room.
func insufficientStorage(cause: String) -> StemmaError {
    StemmaError(
        .insufficientStorage, "The server has no room left for these bytes. Try again after space was freed.",
        cause: cause)
}
