internal import Glibc

/// A folder of one test's own, removed with everything in it when the value goes.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// Traps where no folder can be made: no test could go on.
    package init(_ prefix: String = "stemma-test") {
        var template: [CChar] = Array("/tmp/\(prefix)-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder can be made")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { TemporaryFolder.remove(path) }

    /// The path of an entry.
    package func file(_ name: String) -> String { path + "/" + name }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name: String = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }
}
