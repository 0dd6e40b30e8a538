import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct UploadEndpointTests {
    private static let partial: (String, String) = ("content-type", "application/partial-upload")

    private func append(
        _ harness: APIHarness, _ target: String, offset: String, _ bytes: [UInt8], _ more: [(String, String)] = [],
        token: APIHarness.Token = .admin
    ) async -> Reply {
        await harness.ask(
            .patch, target, token: token, [UploadEndpointTests.partial, ("upload-offset", offset)] + more,
            body: .bytes(bytes))
    }

    @Test(arguments: [true, false])
    func bytesComeInPiecesAndBecomeABlob(inFiles: Bool) async throws {
        try await APIHarness.with(blobs: inFiles ? .files : .memory(capacity: nil)) { harness in
            let made: Reply = await harness.ask(
                .post, "/v1/uploads", [("upload-length", "6"), ("upload-complete", "?0")], body: .bytes([1, 2]))
            #expect(made.status == 201)
            #expect(made.headers["upload-offset"] == "2")
            #expect(made.headers["upload-complete"] == "?0")
            #expect(made.headers["upload-length"] == "6")
            let target: String = try #require(made.headers["location"])
            #expect(target.hasPrefix("/v1/uploads/upl_"))
            let appended: Reply = await append(harness, target, offset: "2", [3, 4])
            #expect(appended.status == 204)
            #expect(appended.headers["upload-offset"] == "4")
            for method in [HTTPMethod.head, .get] {
                let stand: Reply = await harness.ask(method, target)
                #expect(stand.status == 200)
                #expect(stand.headers["upload-offset"] == "4")
                #expect(stand.headers["upload-length"] == "6")
                #expect(stand.headers["upload-complete"] == "?0")
            }
            let early: Reply = await harness.ask(.post, target + "/complete")
            #expect(early.code == "upload_offset_conflict")
            #expect(early.headers["upload-offset"] == "4")
            let last: Reply = await append(harness, target, offset: "4", [5, 6], [("upload-complete", "?1")])
            #expect(last.headers["upload-complete"] == "?1")
            #expect(await append(harness, target, offset: "6", [7]).code == "upload_completed")
            let digest: String = APIHarness.digest([1, 2, 3, 4, 5, 6])
            let done: Reply = await harness.send(.post, target + "/complete", #"{"digest":"\#(digest)"}"#)
            #expect(done.status == 201)
            #expect(done.json["digest"]?.string == digest)
            #expect(await harness.ask(.post, target + "/complete").status == 200)
            #expect(await harness.ask(.get, "/v1/blobs/" + digest).body == [1, 2, 3, 4, 5, 6])
            #expect(await harness.ask(.head, target).headers["upload-complete"] == "?1")
        }
    }

    @Test func offsetsMustFit() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1, 2]))
            let target: String = try #require(made.headers["location"])
            for offset in ["0", "1", "3", "999999999999"] {
                let reply: Reply = await append(harness, target, offset: offset, [9])
                #expect(reply.status == 409)
                #expect(reply.code == "upload_offset_conflict")
                #expect(reply.headers["upload-offset"] == "2")
            }
            for offset in ["-1", "x", "02", "", "1.0", "99999999999999999999"] {
                #expect(await append(harness, target, offset: offset, [9]).status == 400, "\(offset)")
            }
            let without: Reply = await harness.ask(.patch, target, [UploadEndpointTests.partial], body: .bytes([1]))
            #expect(without.status == 400)
            let wrongType: Reply = await harness.ask(
                .patch, target, [("content-type", "application/octet-stream"), ("upload-offset", "2")],
                body: .untouchable(length: 1))
            #expect(wrongType.status == 415)
            #expect(await append(harness, target, offset: "2", [3], [("upload-complete", "true")]).status == 400)
            #expect(await harness.ask(.head, target).headers["upload-offset"] == "2")
        }
    }

    @Test func lengthsMustFit() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads", [("upload-length", "3")])
            let target: String = try #require(made.headers["location"])
            #expect(await append(harness, target, offset: "0", [1], [("upload-length", "4")]).status == 422)
            #expect(await append(harness, target, offset: "0", [1, 2, 3, 4]).status == 413)
            #expect(await append(harness, target, offset: "0", [1], [("upload-complete", "?1")]).status == 422)
            #expect(await harness.ask(.head, target).headers["upload-complete"] == "?0")
        }
        var policy = RegistryPolicy()
        policy.limits.blobBytes = 10
        try await APIHarness.with(policy: policy) { harness in
            let reply: Reply = await harness.ask(
                .post, "/v1/uploads", [("upload-length", "11")], body: .untouchable(length: 1))
            #expect(reply.status == 413)
            #expect(
                await harness.ask(.post, "/v1/uploads", body: .bytes([UInt8](repeating: 1, count: 11))).status == 413)
        }
    }

    /// What arrived before a client went away is kept.
    @Test func aBrokenOffAppendGoesOnWhereItStopped() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads")
            let target: String = try #require(made.headers["location"])
            let broken: Reply = await harness.ask(
                .patch, target, [UploadEndpointTests.partial, ("upload-offset", "0")],
                body: .brokenOff(after: [1, 2, 3]))
            #expect(broken.status == 400)
            #expect(await harness.ask(.head, target).headers["upload-offset"] == "3")
            #expect(await append(harness, target, offset: "3", [4], [("upload-complete", "?1")]).status == 204)
            #expect(
                await harness.ask(.post, target + "/complete").json["digest"]?.string
                    == APIHarness.digest([1, 2, 3, 4]))
        }
    }

    @Test func uploadsBelongToTheirMakerAndEnd() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1]))
            let target: String = try #require(made.headers["location"])
            let other: APIHarness.Token = .secret(try await harness.registry.token("other", roles: ["publisher"]))
            for reply in [
                await harness.ask(.get, target, token: other), await harness.ask(.delete, target, token: other),
                await harness.ask(.post, target + "/complete", token: other),
                await append(harness, target, offset: "1", [2], token: other),
            ] {
                #expect(reply.status == 404)
                #expect(reply.code == "upload_not_found")
            }
            #expect(await harness.ask(.delete, target).status == 204)
            #expect(await harness.ask(.head, target).status == 404)
            let second: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1]))
            let expiring: String = try #require(second.headers["location"])
            harness.clock.advance(milliseconds: Limits().uploadKeptMilliseconds)
            #expect(await harness.ask(.head, expiring).status == 404)
            for id in ["upl_none", "x%2fy", "x%20y", String(repeating: "x", count: 300)] {
                #expect(await harness.ask(.head, "/v1/uploads/" + id).status == 404, "\(id)")
            }
        }
    }

    @Test func aMismatchEndsTheUpload() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1]))
            let target: String = try #require(made.headers["location"])
            #expect(await harness.send(.post, target + "/complete", #"{"digest":"x"}"#).status == 422)
            let reply: Reply = await harness.send(
                .post, target + "/complete", #"{"digest":"\#(APIHarness.digest([2]))"}"#)
            #expect(reply.code == "digest_mismatch")
            #expect(await harness.ask(.head, target).status == 404)
        }
    }

    @Test func twoAtOnceAreTold() async throws {
        try await APIHarness.with { harness in
            let made: Reply = await harness.ask(.post, "/v1/uploads", body: .bytes([1]))
            let target: String = try #require(made.headers["location"])
            let id: String = try #require(target.split(separator: "/").last.map(String.init))
            let memory: MemoryBlobStore = try #require(harness.memory)
            let staging: StagingID = try #require(StagingID(id))
            let held = try #require(try await memory.resume(staging))
            for reply in [await harness.ask(.get, target), await append(harness, target, offset: "1", [2])] {
                #expect(reply.status == 409)
                #expect(reply.code == "upload_busy")
            }
            await held.suspend()
            #expect(await append(harness, target, offset: "1", [2]).status == 204)
        }
    }

    @Test func aRepeatedCreationIsTheSameUpload() async throws {
        try await APIHarness.with { harness in
            let fields: [(String, String)] = [("idempotency-key", "k")]
            let first: Reply = await harness.ask(.post, "/v1/uploads", fields, body: .bytes([1, 2]))
            let again: Reply = await harness.ask(.post, "/v1/uploads", fields, body: .untouchable(length: 2))
            #expect(again.status == 201)
            #expect(again.headers["location"] == first.headers["location"])
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(again.headers["upload-offset"] == "2")
        }
    }
}
