import StemmaJSON
import StemmaTesting
import Testing

/// Events as the standard's own Python client sends them.
@Suite struct OpenLineageTests {
    private static let script = """
        import os, sys
        from datetime import datetime, timezone
        from openlineage.client import OpenLineageClient
        from openlineage.client.event_v2 import (
            DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState, StaticDataset)
        from openlineage.client.facet_v2 import (
            column_lineage_dataset, datasource_dataset, parent_run, schema_dataset, source_code_location_job)
        from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport

        run_id = "0195a1b2-0000-7000-8000-00000000000" + ("1" if sys.argv[1] == "gzip" else "2")
        config = HttpConfig(
            url=os.environ["STEMMA"], auth=ApiKeyTokenProvider({"api_key": os.environ["TOKEN"]}),
            compression=HttpCompression.GZIP if sys.argv[1] == "gzip" else None)
        client = OpenLineageClient(transport=HttpTransport(config))
        name = "daily_" + sys.argv[1]
        job = Job("airflow", name, facets={"sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
            type="git", url="https://example.com/repo.git", version="9f86d08")})
        source = InputDataset("postgres://db", "public.orders", facets={
            "schema": schema_dataset.SchemaDatasetFacet(fields=[
                schema_dataset.SchemaDatasetFacetFields(name="amount", type="numeric")]),
            "dataSource": datasource_dataset.DatasourceDatasetFacet(name="db", uri="postgres://db:5432")})
        target = OutputDataset("s3://lake", "features/" + sys.argv[1], facets={
            "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields={
                "total": column_lineage_dataset.Fields(
                    inputFields=[column_lineage_dataset.InputField("postgres://db", "public.orders", "amount")])})})
        run = Run(run_id, facets={"parent": parent_run.ParentRunFacet(
            run=parent_run.Run("0195a1b2-0000-7000-8000-000000000009"), job=parent_run.Job("airflow", "dag"))})
        for state in [RunState.COMPLETE, RunState.START, RunState.START]:
            client.emit(RunEvent(
                eventType=state, eventTime=datetime(2026, 3, 1, 6, 0 if state == RunState.START else 5, tzinfo=timezone.utc).isoformat(),
                run=run, job=job, producer="https://example.com/test", inputs=[source], outputs=[target]))
        client.emit(DatasetEvent(
            eventTime="2026-03-01T07:00:00+01:00", producer="https://example.com/test",
            dataset=StaticDataset("postgres://db", "public.cases", facets={})))
        client.emit(JobEvent(
            eventTime="2026-03-01T06:00:00.000001Z", producer="https://example.com/test",
            job=Job("airflow", "static"), inputs=[InputDataset("postgres://db", "public.cases")], outputs=[]))
        print("sent")
        """

    @Test(arguments: ["plain", "gzip"])
    func theRealClientIsUnderstood(compression: String) async throws {
        let registry = try await Registry.fresh()
        let folder = try ScratchFolder("openlineage")
        try FileAccess.write(Array(OpenLineageTests.script.utf8), to: folder.file("emit.py"))
        var environment = ChildProcess.plainEnvironment
        environment["STEMMA"] = registry.daemon.endpoint.baseURL
        environment["TOKEN"] = try #require(
            try await registry.tokenReply(roles: ["publisher"], subject: "airflow").json["token"]?.string)
        let run = try await ChildProcess.run(
            Repository.root + "/.build-venv/bin/python", ["emit.py", compression], environment: environment,
            folder: folder.path, within: .seconds(120))
        #expect(run.ending == .exited(0) && run.output.contains("sent"), "\(run.output)")

        let job = "airflow:daily_\(compression)"
        let graph = try await registry.admin.get("/v1/lineage/graph?node=system:\(job)").json
        let sentences = (graph["edges"]?.array ?? []).map { edge in
            ["source", "relationship", "target"].map { edge[$0]?.string ?? "?" }.joined(separator: " ")
        }
        #expect(
            Set(sentences) == [
                "system:\(job) consumes dataset:postgres://db:public.orders",
                "system:\(job) generates dataset:s3://lake:features/\(compression)",
                "dataset:postgres://db:public.orders derives_from data_source:postgres://db:5432",
                "system:airflow:dag influences system:\(job)",
            ])
        let runs = try await registry.admin.get("/v1/lineage/runs?job=\(job)").json["items"]?.array ?? []
        #expect(runs.count == 1 && runs.first?["state"] == "COMPLETE", "\(runs)")
        #expect(runs.first?["started_at"] == "2026-03-01T06:00:00.000Z")
        let output = try await registry.admin.get(
            "/v1/lineage/entities/dataset/s3%3A%2F%2Flake%3Afeatures%2F\(compression)")
        #expect(output.json["facets"]?["columnLineage"]?["fields"]?["total"] != nil, "\(output)")
        let known = try await registry.admin.get("/v1/lineage/graph?node=dataset:postgres://db:public.cases").json
        #expect(known["edges"]?.array?.count == 1)
        let events = try await registry.all("/v1/audit?action=ingest_lineage_events")
        #expect(events.count == 4, "an event that came twice is no change: \(events.count)")
        try await registry.daemon.stop()
    }
}
