/// One thing that the program measures; fills lines of the report.
struct Measure {
    /// As `--only` takes it.
    let name: String
    /// One line for `--help` and for progress.
    let summary: String
    /// Programs without which the measure is skipped.
    let needs: [Program]
    /// Measures. What it throws is reported as a failure to run.
    let run: (Bench) throws -> Void

    /// All of them, in the order in which they run.
    static var all: [Measure] {
        [
            Measure(
                name: "alias-read", summary: "production alias with token, 64 connections, beside nginx `return 200`",
                needs: [.wrk, .nginx], run: AliasRead.run),
            Measure(
                name: "registrations",
                summary: "durable registrations, 32 connections, beside bare SQLite transactions",
                needs: [], run: Registrations.run),
            Measure(
                name: "durability", summary: "kill -9 under load, then look for every acknowledged registration",
                needs: [], run: Durability.run),
            Measure(
                name: "transfer", summary: "1 GiB up and down beside openssl, dd and nginx, and the daemon's memory",
                needs: [.nginx, .openssl, .dd], run: Transfer.run),
            Measure(
                name: "growth", summary: "what requests cost at 100 and at 100,000 versions, and starting on those",
                needs: [], run: Growth.run),
            Measure(
                name: "promotion",
                summary: "promotions one after another under 64 readers of the alias, every answer checked",
                needs: [], run: Promotions.run),
            Measure(
                name: "policy",
                summary: "a policy's run over 100,000 versions while aliases are read and versions registered",
                needs: [], run: PolicyRuns.run),
            Measure(
                name: "traffic", summary: "traffic split during a rollout, 64 connections, beside the alias read",
                needs: [.wrk], run: TrafficRead.run),
            Measure(
                name: "consumer",
                summary: "alias read that names its consumer, 64 connections, beside one that does not",
                needs: [.wrk], run: ConsumerRead.run),
            Measure(
                name: "lineage",
                summary: "a million edges beside bare inserts, and impact beside a recursive query by hand",
                needs: [], run: LineageLoad.run),
            Measure(
                name: "comparison",
                summary: "two versions compared on a million examples, and memory while they arrive",
                needs: [], run: Comparisons.run),
            Measure(
                name: "audit", summary: "a log of a million events: start, proofs, export, verification",
                needs: [.curl], run: AuditProofs.run),
            Measure(
                name: "log", summary: "registrations with the audit log beside registrations that store none",
                needs: [], run: LogShare.run),
            Measure(
                name: "subscribers", summary: "10,000 idle event streams: memory, and how soon a change reaches all",
                needs: [], run: Subscribers.run),
        ]
    }
}
