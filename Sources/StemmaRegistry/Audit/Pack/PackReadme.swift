/// What a pack says of itself to whoever opens it.
enum PackReadme {
    static let text: String = """
        EVIDENCE PACK OF ONE MODEL VERSION (stemma-evidence-pack/1)

        What the registry holds of one version as of the moment in index.json, and the proof that it is what the registry's
        audit log has recorded.

        VERIFY
          stemma audit verify-pack FILE --key VKEY
          python3 verify_export.py --pack FILE --key VKEY

        VKEY is the log's verifier key, got on another way than this file. The second program needs nothing of the registry
        but one file, which ships with its source. Both check that the log's signed head (audit/checkpoint.txt) is signed by
        that key; that every event in audit/events.ndjson is in the log under that head (RFC 6962, section 2.1.1) and that
        private values are those it committed to; that the last event, that of this export, names the digest of index.json;
        that every other file is what index.json says; that manifest.json is what the event of the version's publication
        committed to; that artifacts.json lists the manifest's files; and that lifecycle definitions are what their names say.

        FILES
          index.json          every file but those of the log, with its SHA-256 and size
          version.json        the version as it was answered at the moment
          manifest.json       its manifest, exactly as digested: sha256sum manifest.json gives the manifest digest
          artifacts.json      its files: path, digest, size, media type, format
          transitions.json    how it went through the lifecycle: who asked, why, evidence, approvals, what every guard found
          reviews.json        decisions at the approval gates, and whether each counted at the moment
          aliases.json        every move of an alias to it or away from it
          deployments.json    what was said of its deployments
          quarantines.json    quarantines, lifted ones included
          reproductions.json  attempts to make it again
          evaluations.json    summaries of per-example evaluations
          lineage.json        what it came from and what it touched
          lifecycle/          the definitions that its transitions obeyed, by digest, as canonical JSON (RFC 8785)
          audit/events.ndjson the events themselves: exact text, hash, proof, private values that are still kept
          audit/checkpoint.txt  the signed head of the log that all proofs lead to
          audit/key.txt       the log's keys; compared with VKEY, never trusted

        Not among the events: batches of observations from monitoring, files put into the draft (the manifest names what came
        of them), and requests that were refused. GET /v1/audit has them.

        """
}
