import Foundation
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

/// Archives as the system's tar unpacks them.
@Suite struct ArchiveTests {
    private static let long: String =
        (0..<12).map { "folder-number-\($0)" }.joined(separator: "/") + "/" + String(repeating: "n", count: 120)
    private static let files: [(path: String, bytes: [UInt8])] = [
        ("model.bin", [UInt8](repeating: 7, count: 512)), ("empty", []), ("one", [1]),
        ("a/b/c.txt", Array("text".utf8)),
        (String(repeating: "x", count: 100), [2]), (String(repeating: "y", count: 101), [3]),
        (long, Array("deep".utf8)),
        ("größe/模型.txt", Array("utf-8".utf8)), ("with space/and'quote", [4]), ("-dash", [5]),
        ("big", (0..<700_000).map { UInt8(truncatingIfNeeded: $0) }),
    ]

    @Test(arguments: [true, false])
    func tarUnpacksEveryFile(inFiles: Bool) async throws {
        try await APIHarness.with(blobs: inFiles ? .files : .memory(capacity: nil)) { harness in
            let version: JSONValue = try await harness.publish("m", "1.0.0", files: ArchiveTests.files)
            let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/latest/archive.tar")
            #expect(reply.status == 200)
            #expect(reply.brokenOff == nil)
            #expect(reply.headers["content-type"] == "application/x-tar")
            #expect(reply.headers["content-location"] == "/v1/models/m/versions/1.0.0/archive.tar")
            #expect(reply.body.count % 512 == 0)
            let folder = TemporaryFolder("stemma-tar")
            let names: [String] = try await ArchiveTests.unpack(reply.body, in: folder)
            let sorted: [String] = ArchiveTests.files.map(\.path).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(names == ["metadata.json"] + sorted)
            for file in ArchiveTests.files {
                let data = try Data(contentsOf: URL(filePath: folder.file("out/" + file.path)))
                #expect(Array(data) == file.bytes, "\(file.path)")
            }
            let metadata = try Data(contentsOf: URL(filePath: folder.file("out/metadata.json")))
            #expect(try JSONParser.parse(Array(metadata)) == version)
            // The same version gives the same bytes.
            #expect(await harness.ask(.get, "/v1/models/m/versions/1.0.0/archive.tar").body == reply.body)
        }
    }

    @Test func aFileNamedLikeTheDocumentKeepsItsName() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0", files: [("metadata.json", Array("own".utf8)), ("a", [1])])
            let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/archive.tar")
            let folder = TemporaryFolder("stemma-tar")
            let names: [String] = try await ArchiveTests.unpack(reply.body, in: folder)
            #expect(names == [".stemma/metadata.json", "a", "metadata.json"])
            #expect(Array(try Data(contentsOf: URL(filePath: folder.file("out/metadata.json")))) == Array("own".utf8))
        }
    }

    @Test func anArchiveWithoutFilesHoldsTheDocument() async throws {
        try await APIHarness.with { harness in
            try await harness.publish("m", "1.0.0")
            let reply: Reply = await harness.ask(.get, "/v1/models/m/versions/1.0.0/archive.tar")
            #expect(try await ArchiveTests.unpack(reply.body, in: TemporaryFolder("stemma-tar")) == ["metadata.json"])
        }
    }

    /// Unpacks into `out` and answers the members in order.
    private static func unpack(_ bytes: [UInt8], in folder: TemporaryFolder) async throws -> [String] {
        try Data(bytes).write(to: URL(filePath: folder.file("a.tar")))
        try FileManager.default.createDirectory(atPath: folder.file("out"), withIntermediateDirectories: true)
        let run = try await ChildProcess.run(
            "/usr/bin/env",
            ["tar", "--quoting-style=literal", "-xvf", folder.file("a.tar"), "-C", folder.file("out")])
        try #require(run.ending == .exited(0), "\(run.output)")
        return run.output.split(separator: "\n").map(String.init)
    }
}
