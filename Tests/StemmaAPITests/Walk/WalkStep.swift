import StemmaHTTP
import StemmaRegistry
import StemmaTesting

/// What a walk means to do next. It becomes a request only when its turn comes, for it may name what is there by then.
indirect enum WalkStep: Sendable {
    case register(model: String, version: String, by: WalkToken)
    case openDraft(model: String, version: String, by: WalkToken)
    case putFile(model: String, version: String, by: WalkToken)
    case publish(model: String, version: String, by: WalkToken)
    case move(model: String, version: String, to: LifecycleState, by: WalkToken)
    case rollBack(model: String, version: String, by: WalkToken)
    case review(model: String, version: String, gate: String, decision: String, by: WalkToken)
    case setAlias(model: String, alias: String, version: String, by: WalkToken)
    case deleteAlias(model: String, alias: String, by: WalkToken)
    case patch(model: String, version: String, body: String, by: WalkToken)
    case quarantine(model: String, version: String, by: WalkToken)
    case lift(model: String, version: String, by: WalkToken)
    case observe(model: String, version: String, value: Double, by: WalkToken)
    case startRollout(model: String, version: String, body: String, by: WalkToken)
    case advance(model: String, force: Bool, by: WalkToken)
    case abort(model: String, by: WalkToken)
    case deploy(model: String, version: String, environment: String, by: WalkToken)
    case settleDeployment(status: String, by: WalkToken)
    case runPolicy(index: Int, by: WalkToken)
    case putLifecycle(kind: WalkLifecycle, by: WalkToken)
    case deleteVersion(model: String, version: String, by: WalkToken)
    case deleteModel(model: String, by: WalkToken)
    case makeModel(model: String, by: WalkToken)
    /// Time goes on and the registry does what it does by itself.
    case tick(milliseconds: Int64)
}

/// One of a person's tokens.
struct WalkToken: Sendable {
    let person: String
    let roles: [String]
    let secret: String

    func holds(_ role: String) -> Bool { roles.contains(role) }
}

/// The lifecycles among which a walk changes.
enum WalkLifecycle: Int, Sendable, CaseIterable {
    /// The one that a new registry starts with.
    case standard
    /// Whoever has the role may move anything anywhere.
    case unguarded
    /// Fewer guards; production is reached by itself too, and who has to leave it goes back to staging.
    case lenient
}

/// A request and what it is about.
struct WalkRequest: Sendable {
    let method: HTTPMethod
    let target: String
    let body: String?
    let by: WalkToken
    var isDryRun: Bool = false
    let model: String?
    let version: String?
    let step: WalkStep

    /// Operations that may be tried without effect.
    var knowsDryRuns: Bool {
        switch step {
        case .move, .rollBack, .startRollout, .deploy, .putLifecycle, .deleteVersion, .deleteModel, .deleteAlias,
            .lift, .register, .publish:
            true
        default: false
        }
    }

    var told: String {
        "\(method.rawValue) \(target) by \(by.person) \(by.roles) \(body.map { $0.utf8.count > 300 ? "..." : $0 } ?? "")"
    }
}
