import Glibc
import StemmaDigest
import StemmaFiles
import StemmaRegistry
import Testing

/// Stores bytes in one go.
@discardableResult
func upload(_ bytes: [UInt8], to store: FileBlobStore, as id: String = "upload") async throws -> CommittedBlob {
    let staged: any StagedBlob = try await store.begin(try #require(StagingID(id)))
    try await staged.append(bytes)
    return try await staged.commit(expected: nil)
}

/// All bytes of a blob; nil where it is not stored.
func content(of digest: Digest, in store: FileBlobStore) async throws -> [UInt8]? {
    guard let reader = try await store.open(digest) else { return nil }
    return try await reader.read(at: 0, count: Int(reader.size))
}

/// The code with which something is refused; nil where it is not.
func refusal(of body: () async throws -> Void) async -> StemmaErrorCode? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StemmaError)?.code
    }
}

/// `count` bytes that differ with `seed` and have no short period.
func testBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state: UInt64 = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        for index in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            buffer[index] = UInt8(truncatingIfNeeded: state >> 56)
        }
        filled = count
    }
}

/// Overwrites bytes of a file behind the store's back.
func overwrite(_ path: String, with bytes: [UInt8], at offset: Int) throws {
    chmod(path, 0o600)
    let file: Int32 = open(path, O_WRONLY)
    defer { close(file) }
    try #require(pwrite(file, bytes, bytes.count, offset) == bytes.count)
}
