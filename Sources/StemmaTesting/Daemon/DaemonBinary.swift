internal import Glibc

/// The `stemma` executable that was built together with the running tests.
package enum DaemonBinary {
    /// The path of the executable: `STEMMA_BINARY` of the environment, else `stemma` beside the test program.
    ///
    /// - Throws: `DaemonBinaryMissing`.
    package static func path() throws -> String {
        if let named = getenv("STEMMA_BINARY") { return String(cString: named) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        let program = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let candidates = ([program] + CommandLine.arguments).compactMap { path -> String? in
            path.lastIndex(of: "/").map { path[..<$0] + "/stemma" }
        }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw DaemonBinaryMissing(candidates: candidates)
        }
        return found
    }
}

/// No `stemma` executable was found beside the tests.
package struct DaemonBinaryMissing: Error, CustomStringConvertible {
    /// The paths that were tried.
    package let candidates: [String]

    /// What to do about it.
    package var description: String { "no executable at any of \(candidates); build it first, or set STEMMA_BINARY" }
}
