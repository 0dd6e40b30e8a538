/// What an operation was about; the log's `object`.
package enum ResourceID: Sendable, Hashable {
    case model(String)
    case version(model: String, version: String)
    case alias(model: String, alias: String)
    case artifact(model: String, version: String, path: String)
    case blob(String)
    case upload(String)
    case token(String)
    case rollout(model: String, version: String, id: String)
    case policy(String)
    /// A node of the lineage graph, as `type:id`.
    case lineageEntity(String)
    /// The lineage graph as a whole: batches of edges, events.
    case lineage
    case impactAssessment(String)
    case experiment(String)
    case webhook(String)
    /// The registry itself, e.g. for a refused credential.
    case registry

    /// The kind, as in the audit log's `object.type`.
    package var type: String {
        switch self {
        case .model: "model"
        case .version: "model_version"
        case .alias: "alias"
        case .artifact: "artifact"
        case .blob: "blob"
        case .upload: "upload"
        case .token: "token"
        case .rollout: "rollout"
        case .policy: "policy"
        case .lineageEntity: "lineage_entity"
        case .lineage: "lineage"
        case .impactAssessment: "impact_assessment"
        case .experiment: "experiment"
        case .webhook: "webhook"
        case .registry: "registry"
        }
    }

    /// The identity within its kind, as in the audit log's `object.id`. A version's is its `model_id`.
    package var id: String {
        switch self {
        case .model(let name): name
        case .version(let model, let version): "\(model)_v\(version)"
        case .alias(let model, let alias): "\(model)@\(alias)"
        case .artifact(let model, let version, let path): "\(model)_v\(version)/\(path)"
        case .blob(let digest): digest
        case .upload(let id), .token(let id), .rollout(_, _, let id), .policy(let id), .lineageEntity(let id),
            .impactAssessment(let id), .experiment(let id), .webhook(let id):
            id
        case .lineage: "lineage"
        case .registry: "registry"
        }
    }

    /// The model it belongs to, if any.
    package var model: String? {
        switch self {
        case .model(let name), .version(let name, _), .alias(let name, _), .artifact(let name, _, _),
            .rollout(let name, _, _):
            name
        default: nil
        }
    }

    /// The version it belongs to, if any.
    package var version: String? {
        switch self {
        case .version(_, let version), .artifact(_, let version, _), .rollout(_, let version, _): version
        default: nil
        }
    }
}
