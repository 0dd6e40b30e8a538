internal import StemmaDigest
internal import StemmaRegistry

/// The promises of `BlobStore`, each as a check that any implementation must pass.
///
/// Use it as the arguments of a parameterised test, each case with a fresh harness:
/// `@Test(arguments: BlobStoreContract.checks) func contract(check: BlobStoreContract.Check) async throws`.
package enum BlobStoreContract {
    /// One promise.
    package struct Check: Sendable, CustomStringConvertible {
        /// The promise in words.
        package let description: String
        /// Throws where the promise is not kept. The harness must be fresh.
        package let run: @Sendable (any BlobStoreHarness) async throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (any BlobStoreHarness) async throws -> Void) {
            self.description = description
            self.run = run
        }
    }

    /// All promises.
    package static let checks: [Check] = storing + uploading + restarting

    /// A piece of bytes that no other seed gives.
    static func bytes(_ seed: Int, count: Int) -> [UInt8] {
        var state: UInt64 = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }

    /// A staging id; the text must be of the right form.
    static func id(_ text: String) throws -> StagingID {
        try promised("\(text) is a staging id", StagingID(text))
    }

    /// Stores bytes in one go.
    @discardableResult
    static func store(
        _ bytes: [UInt8], in blobs: any BlobStore, as id: String = "upload"
    ) async throws -> CommittedBlob {
        let staged: any StagedBlob = try await blobs.begin(try Self.id(id))
        if !bytes.isEmpty { try await staged.append(bytes) }
        return try await staged.commit(expected: nil)
    }

    /// All bytes of a stored blob.
    static func content(of digest: Digest, in blobs: any BlobStore) async throws -> [UInt8] {
        let reader: any BlobReader = try promised("a stored blob opens", try await blobs.open(digest))
        return try await reader.read(at: 0, count: Int(reader.size))
    }

    /// The code with which the store refuses something; nil where it does not.
    static func refusal(of body: () async throws -> Void) async -> StemmaErrorCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StemmaError)?.code
        }
    }
}
