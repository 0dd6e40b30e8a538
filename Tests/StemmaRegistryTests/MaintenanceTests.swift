import StemmaDigest
import StemmaJSON
import StemmaSQLite
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct MaintenanceTests {
    private func maintenance(_ fixture: RegistryFixture) -> Maintenance {
        Maintenance(core: fixture.core, refusals: fixture.registry.refusals)
    }

    private func actions(_ fixture: RegistryFixture) async throws -> [String] {
        try await fixture.registry.events().map(\.record.action)
    }

    @Test func expiredDraftsGoAndPublishedVersionsStay() async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            try await fixture.register("m", #"{"version":"1.0.1","draft":true}"#)
            fixture.clock.advance(milliseconds: Limits().draftKeptMilliseconds - 1)
            try await fixture.register("m", #"{"version":"1.0.2","draft":true}"#)
            try await maintenance(fixture).run()
            _ = try await fixture.versions.readVersion(model: "m", ref: "1.0.1", fixture.registry.admin)
            fixture.clock.advance(milliseconds: 1)
            try await maintenance(fixture).run()
            await expectRefusal(.versionNotFound) {
                _ = try await fixture.versions.readVersion(model: "m", ref: "1.0.1", fixture.registry.admin)
            }
            for ref in ["1.0.0", "1.0.2"] {
                _ = try await fixture.versions.readVersion(model: "m", ref: ref, fixture.registry.admin)
            }
            #expect(try await actions(fixture).filter { $0 == "expire_draft" }.count == 1)
            // The number of an expired draft may be taken again.
            try await fixture.register("m", #"{"version":"1.0.1"}"#)
        }
    }

    @Test func moreDraftsThanABatchHoldsGo() async throws {
        try await RegistryFixture.with { fixture in
            for number in 1...130 { try await fixture.register("m", #"{"version":"0.0.\#(number)","draft":true}"#) }
            fixture.clock.advance(milliseconds: Limits().draftKeptMilliseconds)
            try await maintenance(fixture).run()
            #expect(try await actions(fixture).filter { $0 == "expire_draft" }.count == 130)
            let rest = try await fixture.versions.listVersions(model: "m", ListRequest(), fixture.registry.admin)
            #expect(rest.items.isEmpty)
        }
    }

    @Test func expiredUploadsGoWithTheirBytes() async throws {
        try await RegistryFixture.with { fixture in
            let uploads = UploadService(core: fixture.core, blobs: fixture.blobService)
            let made = try await uploads.createUpload(
                length: nil, isComplete: false, TestBody.pull([1, 2, 3]), fixture.registry.context())
            fixture.clock.advance(milliseconds: Limits().uploadKeptMilliseconds / 2)
            try await maintenance(fixture).run()
            #expect(try await fixture.blobs.stagedIDs().count == 1)
            #expect(try await uploads.readUpload(made.progress.id, fixture.registry.admin).offset == 3)
            fixture.clock.advance(milliseconds: Limits().uploadKeptMilliseconds)
            try await maintenance(fixture).run()
            #expect(try await fixture.blobs.stagedIDs().isEmpty)
            await expectRefusal(.uploadNotFound) {
                _ = try await uploads.readUpload(made.progress.id, fixture.registry.admin)
            }
            #expect(try await actions(fixture).last == "expire_upload")
        }
    }

    @Test func keptAnswersGoAfterTheirTime() async throws {
        try await RegistryFixture.with { fixture in
            let admin: Int64 = fixture.registry.admin.id
            let request = IdempotencyRequest(key: "k", fingerprint: SHA256Hasher.digest([1]))
            _ = try await ModelService(core: fixture.core).registerModel(
                try parse(#"{"name":"m"}"#), fixture.registry.context(idempotency: request))
            try await maintenance(fixture).run()
            #expect(try await fixture.store.read { try $0.idempotentAnswer(principal: admin, key: "k") != nil })
            fixture.clock.advance(milliseconds: Limits().idempotencyKeptMilliseconds + 1)
            try await maintenance(fixture).run()
            #expect(try await fixture.store.read { try $0.idempotentAnswer(principal: admin, key: "k") == nil })
        }
    }

    /// What fails is told, after everything else had its turn.
    @Test func oneChoreThatFailsKeepsNoOtherFromItsTurn() async throws {
        try await RegistryFixture.with { fixture in
            let admin: Int64 = fixture.registry.admin.id
            let request = IdempotencyRequest(key: "k", fingerprint: SHA256Hasher.digest([1]))
            _ = try await ModelService(core: fixture.core).registerModel(
                try parse(#"{"name":"m"}"#), fixture.registry.context(idempotency: request))
            try await fixture.register("m", #"{"version":"1.0.0","draft":true}"#)
            let store = try #require(fixture.store as? SQLiteMetadataStore)
            _ = try await store.database.write { connection in
                try connection.execute(
                    "CREATE TRIGGER broken BEFORE DELETE ON version BEGIN SELECT RAISE (ABORT, 'broken'); END")
            }
            fixture.clock.advance(milliseconds: Limits().draftKeptMilliseconds + Limits().idempotencyKeptMilliseconds)
            let failures = await #expect(throws: Maintenance.Failures.self) { try await maintenance(fixture).run() }
            #expect(failures?.failed.map(\.chore) == ["expired drafts"])
            #expect(try await fixture.store.read { try $0.idempotentAnswer(principal: admin, key: "k") == nil })
        }
    }

    @Test func strayStagingGoesUnlessInUse() async throws {
        try await RegistryFixture.with { fixture in
            let stray = try #require(StagingID("put_stray"))
            let held = try #require(StagingID("put_held"))
            let left = try await fixture.blobs.begin(stray)
            try await left.append([1])
            try await left.sync()
            await left.suspend()
            let working = try await fixture.blobs.begin(held)
            try await working.append([2])
            try await maintenance(fixture).run()
            #expect(try await fixture.blobs.stagedIDs() == [held])
            #expect(try await working.commit(expected: nil).size == 1)
        }
    }

    @Test func countedRefusalsAreWritten() async throws {
        try await RegistryFixture.with { fixture in
            for _ in 0..<3 {
                await fixture.registry.refusals.note(
                    RefusalLog.Attempt(
                        principal: nil, requestID: "r", address: "192.0.2.1", action: "read_model", status: 401,
                        code: "unauthenticated", resource: .registry))
            }
            try await maintenance(fixture).run()
            #expect(try await actions(fixture).filter { $0 == "read_model" }.count == 2)
        }
    }
}

/// Resumable uploads where something goes wrong between two requests.
@Suite struct UploadFaultTests {
    private func uploads(_ fixture: RegistryFixture) -> UploadService {
        UploadService(core: fixture.core, blobs: fixture.blobService)
    }

    /// After a crash between the commit of the bytes and that of the row, nobody is told that nothing was uploaded.
    @Test func lostBytesAreNeverCompletedAsAnEmptyBlob() async throws {
        try await RegistryFixture.with { fixture in
            let made = try await uploads(fixture).createUpload(
                length: nil, isComplete: true, TestBody.pull([1, 2, 3]), fixture.registry.context())
            let staging = try #require(StagingID(made.progress.id))
            let staged = try #require(try await fixture.blobs.resume(staging))
            _ = try await staged.commit(expected: nil)
            await #expect(throws: StemmaError.self) {
                _ = try await uploads(fixture).completeUpload(
                    made.progress.id, expected: nil, fixture.registry.context())
            }
            let empty: Digest = SHA256Hasher.digest([UInt8]())
            #expect(try await fixture.blobs.size(of: empty) == nil)
        }
    }

    @Test func completingAnsweredTwiceIsTheSame() async throws {
        try await RegistryFixture.with { fixture in
            let made = try await uploads(fixture).createUpload(
                length: 3, isComplete: true, TestBody.pull([1, 2, 3]), fixture.registry.context())
            let first = try await uploads(fixture).completeUpload(
                made.progress.id, expected: nil, fixture.registry.context())
            let again = try await uploads(fixture).completeUpload(
                made.progress.id, expected: nil, fixture.registry.context())
            #expect(first.outcome == .created)
            #expect(again.outcome == .unchanged)
            #expect(first.body == again.body)
            let digest: Digest = SHA256Hasher.digest([1, 2, 3])
            #expect(try JSONParser.parse(first.body)["digest"]?.string == digest.description)
        }
    }

    @Test func aConflictTellsWhereTheUploadStands() async throws {
        try await RegistryFixture.with { fixture in
            let made = try await uploads(fixture).createUpload(
                length: 10, isComplete: false, TestBody.pull([1, 2, 3]), fixture.registry.context())
            let early = await expectRefusal(.uploadOffsetConflict) {
                _ = try await uploads(fixture).completeUpload(
                    made.progress.id, expected: nil, fixture.registry.context())
            }
            #expect(early?.members["expected-offset"]?.integer == 3)
            let wrong = await expectRefusal(.uploadOffsetConflict) {
                _ = try await uploads(fixture).appendUpload(
                    made.progress.id, offset: 4, length: nil, isComplete: false, TestBody.pull([]),
                    fixture.registry.context())
            }
            #expect(wrong?.members["expected-offset"]?.integer == 3)
            #expect(wrong?.members["provided-offset"]?.integer == 4)
        }
    }

    @Test func aMismatchEndsTheUploadAndKeepsNothing() async throws {
        try await RegistryFixture.with { fixture in
            let made = try await uploads(fixture).createUpload(
                length: nil, isComplete: true, TestBody.pull([1, 2, 3]), fixture.registry.context())
            await expectRefusal(.digestMismatch) {
                _ = try await uploads(fixture).completeUpload(
                    made.progress.id, expected: SHA256Hasher.digest([9]), fixture.registry.context())
            }
            await expectRefusal(.uploadNotFound) {
                _ = try await uploads(fixture).readUpload(made.progress.id, fixture.registry.admin)
            }
            #expect(try await fixture.blobs.stagedIDs().isEmpty)
        }
    }
}
