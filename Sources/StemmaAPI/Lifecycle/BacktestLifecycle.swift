internal import StemmaHTTP
internal import StemmaRegistry

extension Endpoint {
    static let backtestLifecycle = Endpoint(
        "BacktestLifecycle", .post, "/v1/lifecycle/backtest",
        "Which past transitions a draft would have refused, and which versions violate it now",
        access: .permission(.manageLifecycle), request: .json(LifecycleService.backtestRequest),
        answers: [AnswerDescription(200, "The report", .json(LifecycleService.backtestDocument))]
    ) { call in
        Answering.plain(
            try await call.services.lifecycle.backtestLifecycle(try await call.json().value, try call.principal))
    }
}
