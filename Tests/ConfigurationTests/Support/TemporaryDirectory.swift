import Foundation
import Glibc

/// A directory that is removed with everything in it when the value goes away.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template: [CChar] = Array("/tmp/stemma-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file and answers its path.
    func write(_ text: String, to name: String) throws -> String {
        let file: String = path + "/" + name
        let descriptor: Int32 = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(errno) }
        defer { close(descriptor) }
        let bytes: [UInt8] = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SystemFailure(errno) }
        return file
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct SystemFailure: Error {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}
