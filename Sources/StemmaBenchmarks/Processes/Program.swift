internal import Glibc

/// A program that a measure needs, and the Debian package that brings it.
struct Program {
    let name: String
    let package: String

    static let wrk = Program(name: "wrk", package: "wrk")
    static let nginx = Program(name: "nginx", package: "nginx-light")
    static let openssl = Program(name: "openssl", package: "openssl")
    static let curl = Program(name: "curl", package: "curl")
    static let dd = Program(name: "dd", package: "coreutils")

    /// Nil where it is not installed.
    var path: String? { Program.find(name) }

    /// Which program is missing and what to do about it.
    var remedy: String { "\(name) (apt-get install \(package))" }

    /// Looks through PATH, and where daemons are installed, which is not on everybody's PATH.
    static func find(_ name: String) -> String? {
        let path: String = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let folders: [String] = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
