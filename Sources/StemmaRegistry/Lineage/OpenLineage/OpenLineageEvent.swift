internal import StemmaJSON

/// An event of the OpenLineage standard (https://openlineage.io/spec/2-0-2/OpenLineage.json), as far as the graph goes. What
/// is not known is passed over, as the standard asks.
struct OpenLineageEvent: Sendable {
    /// A run's state; `OTHER` where the event says nothing of it.
    enum RunState: String, Sendable, CaseIterable {
        case start = "START"
        case running = "RUNNING"
        case complete = "COMPLETE"
        case abort = "ABORT"
        case fail = "FAIL"
        case other = "OTHER"

        var isFinal: Bool { self == .complete || self == .abort || self == .fail }
    }

    /// A dataset or a job with its facets.
    struct Thing: Sendable {
        let namespace: String
        let name: String
        let facets: JSONObject

        /// Its identity as a key: `namespace:name`.
        var key: String { "\(namespace):\(name)" }

        var facetNames: [String] { facets.members.map(\.name) }
    }

    struct Run: Sendable {
        let id: String
        let state: RunState
        let facets: JSONObject

        /// The run that this one is part of, and its job.
        var parent: (run: String, job: Thing)? {
            guard let facet = facets["parent"], let run = facet["run"]?["runId"]?.string,
                let namespace = facet["job"]?["namespace"]?.string, let name = facet["job"]?["name"]?.string
            else { return nil }
            return (run, Thing(namespace: namespace, name: name, facets: JSONObject()))
        }
    }

    let time: Timestamp
    /// Nil where the event is about no run.
    let run: Run?
    /// Nil where the event is about a dataset alone.
    let job: Thing?
    let inputs: [Thing]
    let outputs: [Thing]
    /// What the event is about where it is about a dataset alone.
    let dataset: Thing?

    /// `latest` is the latest time that an event may have. Throws `validationFailed` with every fault; pointers begin with
    /// `pointer`.
    init(_ event: JSONValue, at pointer: String = "", latest: Timestamp) throws(StemmaError) {
        var reader = Reader()
        guard event.object != nil else {
            throw StemmaError.validation([ShapeFault(pointer: pointer, detail: "must be an object")])
        }
        time = reader.time(event["eventTime"], pointer + "/eventTime")
        if time > latest {
            reader.faults.append(
                ShapeFault(pointer: pointer + "/eventTime", detail: "must not lie more than a day in the future"))
        }
        run = event["run"].flatMap { reader.run($0, event["eventType"], pointer) }
        job = event["job"].flatMap { reader.thing($0, pointer + "/job", facets: ["facets"]) }
        dataset = event["dataset"].flatMap { reader.thing($0, pointer + "/dataset", facets: ["facets"]) }
        inputs = reader.things(event["inputs"], pointer + "/inputs", facets: ["facets", "inputFacets"])
        outputs = reader.things(event["outputs"], pointer + "/outputs", facets: ["facets", "outputFacets"])
        if event["job"] == nil, event["dataset"] == nil {
            reader.faults.append(
                ShapeFault(pointer: pointer, detail: "must have a run with a job, a job, or a dataset"))
        }
        if event["run"] != nil, event["job"] == nil {
            reader.faults.append(ShapeFault(pointer: pointer + "/job", detail: "is required beside run"))
        }
        guard reader.faults.isEmpty else { throw StemmaError.validation(reader.faults) }
    }

    /// Collects faults while it reads.
    private struct Reader {
        var faults: [ShapeFault] = []

        mutating func time(_ value: JSONValue?, _ pointer: String) -> Timestamp {
            if let time = value?.string.flatMap({ Timestamp($0) }) { return time }
            faults.append(ShapeFault(pointer: pointer, detail: "must be an RFC 3339 time"))
            return Timestamp(milliseconds: 0)
        }

        mutating func run(_ value: JSONValue, _ type: JSONValue?, _ pointer: String) -> Run? {
            let state: RunState?
            switch type {
            case nil, .null: state = .other
            default: state = type?.string.flatMap { RunState(rawValue: $0.uppercased()) }
            }
            if state == nil {
                let known: String = RunState.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(ShapeFault(pointer: pointer + "/eventType", detail: "must be one of \(known)"))
            }
            guard let id = line(value["runId"], pointer + "/run/runId"), let state else { return nil }
            return Run(id: id, state: state, facets: facets(value["facets"], pointer + "/run/facets"))
        }

        mutating func things(_ value: JSONValue?, _ pointer: String, facets: [String]) -> [Thing] {
            switch value {
            case nil, .null: return []
            case .array(let items):
                return items.enumerated().compactMap { index, item in
                    thing(item, "\(pointer)/\(index)", facets: facets)
                }
            default:
                faults.append(ShapeFault(pointer: pointer, detail: "must be an array"))
                return []
            }
        }

        mutating func thing(_ value: JSONValue, _ pointer: String, facets members: [String]) -> Thing? {
            let namespace: String? = line(value["namespace"], pointer + "/namespace")
            let name: String? = line(value["name"], pointer + "/name")
            var all = JSONObject()
            for member in members {
                for facet in facets(value[member], "\(pointer)/\(member)").members { all.set(facet.name, facet.value) }
            }
            guard let namespace, let name else { return nil }
            return Thing(namespace: namespace, name: name, facets: all)
        }

        private mutating func line(_ value: JSONValue?, _ pointer: String) -> String? {
            // Two of them with a colon make a key.
            let limit: Int = (Limits().lineageKeyBytes - 1) / 2
            guard let text = value?.string, (1...limit).contains(text.utf8.count), CommonShapes.oneLine(text) == nil
            else {
                faults.append(
                    ShapeFault(pointer: pointer, detail: "must be text of 1 to \(limit) bytes on one line"))
                return nil
            }
            return text
        }

        private mutating func facets(_ value: JSONValue?, _ pointer: String) -> JSONObject {
            switch value {
            case nil, .null: return JSONObject()
            case .object(let object): return object
            default:
                faults.append(ShapeFault(pointer: pointer, detail: "must be an object"))
                return JSONObject()
            }
        }
    }
}
