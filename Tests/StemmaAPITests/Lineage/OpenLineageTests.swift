import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct OpenLineageTests {
    private static let run: String = "01890000-0000-7000-8000-000000000001"

    private func event(
        _ type: String, at time: String, inputs: String = "", outputs: String = "", runFacets: String = "{}",
        jobFacets: String = "{}"
    ) -> String {
        """
        {"eventType":"\(type)","eventTime":"\(time)","producer":"https://example.com/p","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",\
        "run":{"runId":"\(Self.run)","facets":\(runFacets)},"job":{"namespace":"etl","name":"daily","facets":\(jobFacets)},\
        "inputs":[\(inputs)],"outputs":[\(outputs)]}
        """
    }

    private func post(_ harness: APIHarness, _ body: String) async -> Reply {
        await harness.send(.post, "/api/v1/lineage", body)
    }

    @Test func aRunBecomesAJobBetweenItsDatasets() async throws {
        try await APIHarness.with { harness in
            let input: String = """
                {"namespace":"pg://db","name":"public.orders","facets":{"schema":{"fields":[{"name":"id","type":"int"}]},\
                "dataSource":{"name":"db","uri":"postgres://db:5432"},"version":{"datasetVersion":"42"}}}
                """
            let output: String = """
                {"namespace":"s3","name":"features","facets":{"columnLineage":{"fields":{"total":{"inputFields":\
                [{"namespace":"pg://db","name":"public.orders","field":"amount"}]}}}},"outputFacets":{"outputStatistics":{"rowCount":9}}}
                """
            let body: String = event(
                "COMPLETE", at: "2024-01-01T10:00:00.123456Z", inputs: input, outputs: output,
                runFacets: #"{"parent":{"run":{"runId":"r0"},"job":{"namespace":"etl","name":"dag"}}}"#,
                jobFacets: #"{"sourceCodeLocation":{"type":"git","url":"https://example.com/repo","version":"abc"}}"#)
            let reply: Reply = await post(harness, body)
            #expect(reply.status == 201, "\(reply.text)")
            #expect(reply.json["status"] == "success" && reply.json["summary"]?["successful"] == 1)
            let graph: Reply = await harness.graph("node=system:etl:daily")
            #expect(
                graph.sentences == [
                    "system:etl:daily consumes dataset:pg://db:public.orders",
                    "system:etl:daily consumes dataset:pg://db:public.orders@42",
                    "dataset:pg://db:public.orders@42 version_of dataset:pg://db:public.orders",
                    "dataset:pg://db:public.orders derives_from data_source:postgres://db:5432",
                    "system:etl:daily generates dataset:s3:features", "system:etl:dag influences system:etl:daily",
                ], "\(graph.text)")
            #expect(
                await harness.graph("node=dataset:s3:features&depth=1").sentences.contains(
                    "dataset:s3:features derives_from dataset:pg://db:public.orders"))
            let dataset: Reply = await harness.ask(.get, "/v1/lineage/entities/dataset/s3:features")
            #expect(dataset.json["facets"]?["outputStatistics"]?["rowCount"] == 9)
            #expect(dataset.json["facets"]?["columnLineage"]?["fields"]?["total"] != nil)
            let job: Reply = await harness.ask(.get, "/v1/lineage/entities/system/etl:daily")
            #expect(job.json["facets"]?["sourceCodeLocation"]?["version"] == "abc" && job.json["origin"] == "event")
            #expect(job.json["name"] == "daily")
            let runs: Reply = await harness.ask(.get, "/v1/lineage/runs?job=etl:daily")
            #expect(runs.items("state") == ["COMPLETE"] && runs.items("parent_run_id") == ["r0"], "\(runs.text)")
        }
    }

    /// The same events in any order, and twice, leave the same behind.
    @Test func orderAndRepeatsDoNotMatter() async throws {
        let schema: (String) -> String = {
            #"{"namespace":"n","name":"d","facets":{"schema":{"fields":[{"name":"\#($0)"}]}}}"#
        }
        let events: [String] = [
            event("START", at: "2024-01-01T10:00:00Z", inputs: schema("old")),
            event("RUNNING", at: "2024-01-01T10:00:05Z", inputs: schema("middle")),
            event(
                "COMPLETE", at: "2024-01-01T10:00:09Z", inputs: schema("new"), outputs: #"{"namespace":"n","name":"o"}"#
            ),
        ]
        var seen: Set<String> = []
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0, 0, 1, 2], [2, 0, 2, 1]] {
            try await APIHarness.with { harness in
                for index in order {
                    let reply: Reply = await post(harness, events[index])
                    #expect([200, 201].contains(reply.status), "\(reply.text)")
                }
                let run: JSONValue = try #require(
                    await harness.ask(.get, "/v1/lineage/runs?job=n:x").code == "entity_not_found"
                        ? await harness.ask(.get, "/v1/lineage/runs?job=etl:daily").json["items"]?.array?.first : nil)
                #expect(run["state"] == "COMPLETE" && run["started_at"] == "2024-01-01T10:00:00.000Z")
                #expect(run["ended_at"] == "2024-01-01T10:00:09.000Z")
                let facets: JSONValue? = await harness.ask(.get, "/v1/lineage/entities/dataset/n:d").json["facets"]
                #expect(facets?["schema"]?["fields"]?.array?.first?["name"] == "new")
                seen.insert(await harness.graph("node=system:etl:daily").sentences.sorted().joined(separator: "\n"))
                let before: Int = try await harness.registry.events().count
                #expect(await post(harness, events[1]).status == 200)
                #expect(
                    try await harness.registry.events().count == before, "an event that says nothing new is no change")
            }
        }
        #expect(seen.count == 1)
    }

    @Test func batchesTellWhatWasRefused() async throws {
        try await APIHarness.with { harness in
            let good: String = event("START", at: "2024-01-01T10:00:00Z")
            let reply: Reply = await post(
                harness,
                """
                [\(good),{"eventTime":"x"},{"eventTime":"2024-01-01T10:00:00Z","dataset":{"namespace":"n","name":"d"}},\
                {"eventTime":"2024-01-01T10:00:00Z","job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"n","name":"d"}]},7]
                """)
            #expect(reply.status == 200)
            #expect(reply.json["status"] == "partial_success")
            #expect(reply.json["summary"]?["received"] == 5 && reply.json["summary"]?["failed"] == 2)
            let failed: [JSONValue] = reply.json["failed_events"]?.array ?? []
            #expect(failed.map { $0["index"]?.integer } == [1, 4])
            #expect(failed[0]["reason"]?.string?.contains("/eventTime must be an RFC 3339 time") == true)
            #expect(await harness.graph("node=dataset:n:d").sentences == ["system:n:j consumes dataset:n:d"])
            let all: Reply = await post(harness, #"[{"eventTime":"x"}]"#)
            #expect(all.json["status"] == "failure")
        }
    }

    @Test(arguments: [
        (#"{}"#, ["/eventTime", ""]),
        (#"{"eventTime":"2024-01-01T10:00:00Z","run":{"runId":"r"}}"#, ["", "/job"]),
        (
            #"{"eventTime":"2024-01-01T10:00:00Z","eventType":"GONE","run":{"runId":""},"job":{"namespace":"n","name":1}}"#,
            ["/eventType", "/run/runId", "/job/name"]
        ),
        (
            #"{"eventTime":"2024-01-01T10:00:00Z","job":{"namespace":"n","name":"j"},"inputs":{},"outputs":[{"namespace":"n","name":"o","facets":3}]}"#,
            ["/inputs", "/outputs/0/facets"]
        ),
    ])
    func malformedEventsAreRefused(_ body: String, _ pointers: [String]) async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await post(harness, body)
            #expect(reply.status == 422 && Set(reply.pointers) == Set(pointers), "\(reply.text)")
            #expect(await harness.ask(.get, "/v1/lineage/entities").items("node").isEmpty)
        }
    }

    /// A job that updates a table in place, or whose columns come from themselves, closes no cycle and is no fault.
    @Test func updatesInPlaceAreTaken() async throws {
        try await APIHarness.with { harness in
            let table: String = """
                {"namespace":"n","name":"t","facets":{"columnLineage":{"fields":{"a":{"inputFields":[{"namespace":"n","name":"t",\
                "field":"a"},{"namespace":"n","name":"u","field":"b"}]}}}}}
                """
            let back: String = """
                {"namespace":"n","name":"u","facets":{"columnLineage":{"fields":{"b":{"inputFields":[{"namespace":"n","name":"t",\
                "field":"a"}]}}}}}
                """
            #expect(
                await post(harness, event("COMPLETE", at: "2024-01-01T10:00:00Z", inputs: table, outputs: table)).status
                    == 201)
            #expect(await post(harness, event("COMPLETE", at: "2024-01-01T10:00:01Z", outputs: back)).status == 201)
            let graph: Reply = await harness.graph("node=dataset:n:t&relationships=derives_from")
            #expect(graph.sentences == ["dataset:n:t derives_from dataset:n:u"])
        }
    }

    @Test func deletedFacetsGo() async throws {
        try await APIHarness.with { harness in
            let dataset: (String, String) -> String = { time, facet in
                #"{"eventTime":"\#(time)","dataset":{"namespace":"n","name":"d","facets":{"schema":\#(facet)}}}"#
            }
            _ = await post(harness, dataset("2024-01-01T10:00:00Z", #"{"fields":[]}"#))
            _ = await post(harness, dataset("2024-01-01T10:00:02Z", #"{"_deleted":true}"#))
            _ = await post(harness, dataset("2024-01-01T10:00:01Z", #"{"fields":[{"name":"late"}]}"#))
            let kept: Reply = await harness.ask(.get, "/v1/lineage/entities/dataset/n:d")
            #expect(kept.json["facets"]?.object?.isEmpty == true, "\(kept.text)")
        }
    }

    @Test func gzipIsTakenWithinBounds() async throws {
        var policy = RegistryPolicy()
        policy.limits.lineageBodyBytes = 100_000
        try await APIHarness.with(policy: policy) { harness in
            func send(_ bytes: [UInt8]) async -> Reply {
                await harness.ask(
                    .post, "/api/v1/lineage", [("content-type", "application/json"), ("content-encoding", "gzip")],
                    body: .bytes(bytes))
            }
            let plain: [UInt8] = Array(event("START", at: "2024-01-01T10:00:00Z").utf8)
            let packed: [UInt8] = TestGzip.stored(plain)
            #expect(await send(packed).status == 201)
            #expect(await send(Array(packed.dropLast(3))).code == "invalid_content_coding")
            #expect(await send(packed + [1, 2, 3]).code == "invalid_content_coding")
            #expect(await send(plain).code == "invalid_content_coding")
            var damaged: [UInt8] = packed
            damaged[30] ^= 1
            #expect(await send(damaged).status == 400)
            #expect(await send(TestGzip.zeros(megabytes: 100)).status == 413)
            let elsewhere: Reply = await harness.ask(
                .post, "/v1/models", [("content-type", "application/json"), ("content-encoding", "gzip")],
                body: .bytes(packed))
            #expect(elsewhere.status == 415)
        }
    }

    /// What ended stays ended, and an event of a time to come is refused: nothing later could ever replace it.
    @Test func timesDoNotTakeTheGraphHostage() async throws {
        try await APIHarness.with { harness in
            func run(_ type: String, _ time: String) async -> Reply {
                await harness.send(
                    .post, "/api/v1/lineage",
                    #"{"eventType":"\#(type)","eventTime":"\#(time)","run":{"runId":"r1"},"job":{"namespace":"n","name":"j"}}"#
                )
            }
            #expect(await run("COMPLETE", "2024-01-10T06:10:00Z").status == 201)
            _ = await run("RUNNING", "2024-01-10T06:15:00Z")
            let runs: Reply = await harness.ask(.get, "/v1/lineage/runs?job=n:j")
            #expect(runs.items("state") == ["COMPLETE"], "\(runs.text)")
            let future: Reply = await harness.send(
                .post, "/api/v1/lineage",
                #"{"eventTime":"9999-12-31T23:59:59Z","dataset":{"namespace":"n","name":"d","facets":{"schema":{}}}}"#)
            #expect(future.status == 422 && future.text.contains("future"))
        }
    }
}

/// gzip members (RFC 1952) made without a library.
enum TestGzip {
    /// The bytes in one stored block (RFC 1951 section 3.2.4).
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt16(bytes.count)
        let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        let block: [UInt8] = [1] + little(UInt32(length), 2) + little(UInt32(~length), 2) + bytes
        return header + block + little(crc(bytes), 4) + little(UInt32(bytes.count), 4)
    }

    /// That many megabytes of zeros in a few kilobytes: a literal zero, and matches of 258 with the distance 1, in the fixed
    /// code of RFC 1951 section 3.2.6. The check at the end is left out, since nobody is to get there.
    static func zeros(megabytes: Int) -> [UInt8] {
        var bits: [Bool] = [true, true, false]
        bits += [false, false, true, true, false, false, false, false]
        // Length code 285 is 11000101 and the distance code 0 is 00000.
        let match: [Bool] = [true, true, false, false, false, true, false, true, false, false, false, false, false]
        for _ in 0..<(megabytes * 1_048_576 / 258) { bits += match }
        var packed: [UInt8] = []
        for start in stride(from: 0, to: bits.count, by: 8) {
            var byte: UInt8 = 0
            for position in 0..<8 where start + position < bits.count && bits[start + position] {
                byte |= 1 << UInt8(position)
            }
            packed.append(byte)
        }
        return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + packed
    }

    private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
