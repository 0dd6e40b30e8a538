internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

extension Endpoint {
    static let listPolicyDecisions = Endpoint(
        "ListPolicyDecisions", .get, "/v1/policies/{id}/runs/{run}/decisions",
        "List every decision of a run, moves first; a page may be shorter than asked for",
        access: .permission(.readModels),
        query: QueryParameter.page + [
            QueryParameter(
                name: "verdict", shape: .choice(PolicyVerdict.allCases.map(\.rawValue)),
                summary: "Only decisions of this verdict")
        ],
        answers: [AnswerDescription(200, "One page", .list(PolicyShapes.decision))],
        refusals: [.policyNotFound, .policyRunNotFound, .invalidCursor]
    ) { call in
        Answering.list(
            try await call.services.policies.listPolicyDecisions(
                policy: call.parameter("id"), run: call.parameter("run"), verdict: call.query["verdict"],
                try call.listRequest(), try call.principal), call)
    }
}
