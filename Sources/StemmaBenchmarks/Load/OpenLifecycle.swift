internal import StemmaJSON

/// A lifecycle in which every move is allowed at once, so that what is measured is the move and not what speaks for it.
enum OpenLifecycle {
    /// Puts it in force: the registry's own, with every transition there can be and no guard. Throws `BenchError`.
    static func install(on daemon: Daemon) throws {
        let client: HTTPClient = try daemon.client()
        let present: JSONValue = try JSONParser.parse(client.expect("GET", "/v1/lifecycle").body)
        let states: [String] = (present["states"]?.array ?? []).compactMap { $0["state"]?.string }
        guard var definition = present.object, !states.isEmpty else { throw BenchError("no lifecycle is in force") }
        var transitions: [JSONValue] = []
        for from in states {
            for to in states where from != to {
                transitions.append(
                    ["from": .string(from), "to": .string(to), "requested_by": ["deployer", "admin"], "guards": []])
            }
        }
        definition.set("transitions", .array(transitions))
        definition.set("rollout", ["guards": []])
        var writer = JSONWriter(capacity: 8_192)
        writer.value(definition)
        try client.expect("PUT", "/v1/lifecycle", headers: ["Content-Type: application/json"], body: writer.finish())
    }

    /// Moves a version of `RegistrationLoad`. Throws `BenchError` where that is refused.
    static func move(_ patch: Int, of model: String, to state: String, _ client: HTTPClient) throws {
        try client.expect(
            "POST", "/v1/models/\(model)/versions/\(RegistrationLoad.version(patch))/transitions",
            headers: ["Content-Type: application/json"],
            body: Array("{\"to\":\"\(state)\",\"rationale\":\"benchmark\"}".utf8))
    }
}
