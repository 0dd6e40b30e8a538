import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

extension ShapeConformanceTests {
    /// The lineage graph's operations, on a model of their own.
    func checkLineage(
        _ harness: APIHarness, _ check: (APIHarness, String, Reply) throws -> Void
    ) async throws {
        try await harness.publish(
            "g", "1.0.0",
            more: #","training_data":{"dataset_id":"gd","data_version":"7"},"metadata":{"training_time_hours":2.5}"#)
        _ = await harness.send(.put, "/v1/models/g/aliases/c", #"{"version":"1.0.0"}"#)
        _ = await harness.ask(.get, "/v1/models/g/versions/1.0.0", [("stemma-consumer", "reader")])
        let entity: String = "/v1/lineage/entities/feature/gf"
        for body in [#"{"owner":"o","metadata":{"a":[1]}}"#, #"{"owner":"p"}"#] {
            try check(harness, "PutLineageEntity", await harness.send(.put, entity, body))
        }
        let edge: String = #"{"source":"model:g_v1.0.0","target":"feature:gf","relationship":"uses_feature"}"#
        for body in [edge, edge, "[\(edge),{}]"] {
            try check(harness, "AddLineageEdges", await harness.send(.post, "/v1/lineage/edges", body))
        }
        let event: String = """
            {"eventTime":"2024-01-01T10:00:00Z","eventType":"COMPLETE","run":{"runId":"r","facets":{"a":{"b":1}}},\
            "job":{"namespace":"n","name":"j"},"inputs":[{"namespace":"n","name":"d","facets":{"schema":{}}}]}
            """
        for body in [event, event, "[\(event),7]"] {
            try check(harness, "IngestLineageEvents", await harness.send(.post, "/api/v1/lineage", body))
        }
        let version: String = "/v1/models/g/versions/1.0.0/lineage"
        for (operation, path) in [
            ("ReadLineageEntity", entity), ("ReadLineageEntity", "/v1/lineage/entities/dataset/n:d"),
            ("ListLineageEntities", "/v1/lineage/entities"), ("ReadLineageGraph", "/v1/lineage/graph?node=dataset:gd"),
            ("ReadVersionLineage", version), ("AnalyzeImpact", "/v1/lineage/impact?node=dataset:gd"),
            ("ListLineageRuns", "/v1/lineage/runs?job=n:j"),
        ] {
            try check(harness, operation, await harness.ask(.get, path))
        }
        try check(harness, "ReadLineageEntity", await harness.ask(.get, entity, [("if-none-match", "*")]))
        try check(
            harness, "ReadVersionLineage", await harness.ask(.get, version, [("accept", "text/vnd.mermaid")]))
        let made: Reply = await harness.send(
            .post, "/v1/lineage/impact", #"{"node":"dataset:gd","reason":"r","quarantine":true,"due_at":"2030-01-01"}"#)
        try check(harness, "AssessImpact", made)
        let assessment: String = try #require(made.headers["location"])
        for _ in 0..<2 {
            let seen: Reply = await harness.send(
                .post, assessment + "/acknowledgements", #"{"node":"model:g_v1.0.0","comment":"c"}"#)
            try check(harness, "AcknowledgeImpact", seen)
        }
        try check(harness, "ReadAssessment", await harness.ask(.get, assessment))
        try check(harness, "ListAssessments", await harness.ask(.get, "/v1/lineage/assessments"))
        try check(
            harness, "CloseAssessment", await harness.send(.post, assessment + "/close", #"{"reason":"r"}"#))
        let query: String = "?source=model:g_v1.0.0&target=feature:gf&relationship=uses_feature"
        try check(harness, "EndLineageEdge", await harness.ask(.delete, "/v1/lineage/edges" + query))
        try check(harness, "DeleteLineageEntity", await harness.ask(.delete, entity))
    }
}
