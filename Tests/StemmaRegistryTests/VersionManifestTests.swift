import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct VersionManifestTests {
    private func artifact(_ path: String, _ content: String) -> ArtifactRecord {
        ArtifactRecord(
            path: path, digest: SHA256Hasher.digest(Array(content.utf8)), sizeBytes: Int64(content.utf8.count),
            mediaType: "text/plain", format: "text")
    }

    private func manifest(_ artifacts: [ArtifactRecord], _ immutable: JSONObject = JSONObject()) -> VersionManifest {
        VersionManifest(model: "m", version: "1.0.0", immutable: immutable, artifacts: artifacts)
    }

    /// Subject digests that model-signing 1.1.1 (PyPI; method `files`, SHA-256) made of the same files. It orders names
    /// segment by segment, so that `a/z.bin` comes before `a.txt`.
    @Test func artifactsDigestIsTheSubjectDigestOfModelSigning() {
        let files: [ArtifactRecord] = [
            artifact("b.txt", "bravo"), artifact("a/z.bin", "zulu"), artifact("a.txt", "alpha"),
            artifact("é.txt", "echo"),
            artifact("empty", ""),
        ]
        #expect(
            manifest(files).artifactsDigest.hex == "e80a71f3eaa76fd239958d412b4dc222d07ff2c9e2f82d01afec74e64732e264")
        let others: [ArtifactRecord] = VersionManifestTests.ordered.map { artifact($0, "content of \($0)") }
        #expect(
            manifest(others).artifactsDigest.hex == "31ffa7376931be9e9040da1153da1d058fe81ebbf838964a586849e3a1547647")
    }

    /// Names in the order that model-signing gives them. U+FB33 comes before U+1F602 by code point, after it by UTF-16.
    static let ordered: [String] = ["B", "a", "a-b", "z/b", "z.b/c", "z0", "\u{FB33}", "\u{1F602}"]

    /// The formula once more, without the code under test: raw digests in the order of the names.
    @Test func artifactsDigestFollowsTheFormula() {
        var bytes: [UInt8] = []
        for name in VersionManifestTests.ordered {
            bytes += SHA256Hasher.digest(Array("content of \(name)".utf8)).bytes
        }
        var random = SeededRandom()
        for _ in 0..<10 {
            let files: [ArtifactRecord] = VersionManifestTests.ordered.shuffled(using: &random).map {
                artifact($0, "content of \($0)")
            }
            #expect(manifest(files).artifactsDigest == SHA256Hasher.digest(bytes), "seed \(random.seed)")
        }
    }

    @Test func noFilesGiveTheDigestOfNothing() {
        #expect(manifest([]).artifactsDigest.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func versionControlFilesCountOnlyBelowTheTop() {
        let base: [ArtifactRecord] = [artifact("model.bin", "m")]
        let plain: Digest = manifest(base).artifactsDigest
        for ignored in [".git/config", ".gitignore", ".gitattributes", ".github/workflows/ci.yml"] {
            #expect(manifest(base + [artifact(ignored, "x")]).artifactsDigest == plain, "\(ignored)")
        }
        for counted in ["sub/.gitignore", ".gitkeep", ".gitignore2", "git", "sub/.git/config"] {
            #expect(manifest(base + [artifact(counted, "x")]).artifactsDigest != plain, "\(counted)")
        }
    }

    @Test func theManifestNamesEveryFileAndMember() throws {
        let immutable: JSONObject = ["framework": "xgboost", "ratio": 0.1, "metadata": [:]]
        let files: [ArtifactRecord] = [artifact("b", "2"), artifact("a", "1")]
        let one = manifest(files, immutable)
        #expect(one.manifestDigest == manifest(files.reversed(), immutable).manifestDigest)
        #expect(one.sizeBytes == 2)
        // The canonical text, written out by hand (RFC 8785).
        let digests: [String] = ["1", "2"].map { SHA256Hasher.digest(Array($0.utf8)).description }
        let text = """
            {"artifacts":[{"digest":"\(digests[0])","path":"a"},{"digest":"\(digests[1])","path":"b"}],\
            "artifacts_digest":"\(one.artifactsDigest)","framework":"xgboost","metadata":{},"model":"m","ratio":0.1,\
            "version":"1.0.0"}
            """
        #expect(one.manifestDigest == SHA256Hasher.digest(Array(text.utf8)))
        // Files that the subject digest leaves out still count here.
        #expect(manifest(files + [artifact(".gitignore", "x")], immutable).manifestDigest != one.manifestDigest)
        #expect(
            manifest(files, ["framework": "other", "ratio": 0.1, "metadata": [:]]).manifestDigest != one.manifestDigest)
    }

    @Test func theDocumentListsFilesByPath() throws {
        let document: JSONValue = try JSONParser.parse(manifest([artifact("b", "2"), artifact("a", "1")]).document)
        #expect(document["artifacts"]?.array?.compactMap { $0["path"]?.string } == ["a", "b"])
    }
}
