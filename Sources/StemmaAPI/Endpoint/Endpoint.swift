package import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// One operation of the REST surface: everything that routes it, guards it and describes it.
package struct Endpoint: Sendable {
    package typealias Handler = @Sendable (Call) async throws -> HTTPResponse

    /// The verb phrase that names the slice, e.g. `RegisterModel`; the OpenAPI operation id.
    let operation: String
    let method: HTTPMethod
    let pattern: String
    let summary: String
    let access: Access
    let query: [QueryParameter]
    let request: RequestDescription
    let answers: [AnswerDescription]
    /// What it may refuse beyond what every operation may.
    let refusals: [StemmaErrorCode]
    let inline: InlineHandler?
    let handler: Handler

    init(
        _ operation: String, _ method: HTTPMethod, _ pattern: String, _ summary: String, access: Access,
        query: [QueryParameter] = [], request: RequestDescription = .none, answers: [AnswerDescription],
        refusals: [StemmaErrorCode] = [], inline: InlineHandler? = nil, handler: @escaping Handler
    ) {
        self.operation = operation
        self.method = method
        self.pattern = pattern
        self.summary = summary
        self.access = access
        self.query = query
        self.request = request
        self.answers = answers
        self.refusals = refusals
        self.inline = inline
        self.handler = handler
    }

    /// `register_model` for `RegisterModel`: the audit log's name of the operation.
    var action: String {
        var text: String = ""
        for character in operation {
            if character.isUppercase, !text.isEmpty { text += "_" }
            text += character.lowercased()
        }
        return text
    }
}

/// Who may call an operation.
enum Access: Sendable, Equatable {
    /// Anybody, without a token.
    case open
    /// A token with this permission; the service checks the model's name against the token's scope.
    case permission(Permission)
    /// A token with any permission.
    case anyToken

    /// The rule's name, for the router's start-up check.
    var name: String {
        switch self {
        case .open: "open"
        case .permission(let permission): permission.rawValue
        case .anyToken: "any-token"
        }
    }
}

/// A query parameter that an operation takes; any other is refused.
struct QueryParameter: Sendable {
    let name: String
    let shape: Shape
    let summary: String

    static let limit = QueryParameter(name: "limit", shape: .integer(1...500), summary: "Items wanted, 50 where absent")
    static let cursor = QueryParameter(name: "cursor", shape: .text(maxBytes: 16_384), summary: "From `next_cursor`")
    static let filter = QueryParameter(
        name: "filter", shape: .text(maxBytes: 8_192), summary: "E.g. `metrics.auc_roc > 0.9 AND tags.team = 'fraud'`")
    static let orderBy = QueryParameter(
        name: "order_by", shape: .text(maxBytes: 1_024), summary: "E.g. `metrics.auc_roc desc,created_at`")
    static let dryRun = QueryParameter(name: "dry_run", shape: .boolean, summary: "The full answer without the effect")
    static let list: [QueryParameter] = [limit, cursor, filter, orderBy]
    static let page: [QueryParameter] = [limit, cursor]
}

/// What an operation takes as its body.
enum RequestDescription: Sendable {
    case none
    case json(Shape)
    /// A JSON body that may be left out.
    case optionalJSON(Shape)
    case mergePatch(Shape)
    /// A registration as JSON or as a form with files.
    case registration(Shape)
    case bytes(mediaType: String, summary: String)
    /// A streamed body in one of several forms.
    case stream(mediaTypes: [String], summary: String)
}

/// One way an operation may succeed.
struct AnswerDescription: Sendable {
    let status: Int
    let summary: String
    let content: Content

    enum Content: Sendable {
        case empty
        case json(Shape)
        case list(Shape)
        /// Media types of a body that is not JSON, or not only.
        case other([String])
    }

    /// `If-None-Match` names the present entity tag.
    static let unmodified = AnswerDescription(304, "The client has it")

    init(_ status: Int, _ summary: String, _ content: Content = .empty) {
        self.status = status
        self.summary = summary
        self.content = content
    }
}
