/// Health, metrics and descriptions.
func operationsRoutes(_ context: OperationsContext, describing resources: [Endpoint]) -> [Endpoint] {
    let others: [Endpoint] = [
        .checkLiveness, .checkReadiness(context), .readMetrics(context), .readVersionOfDaemon(context),
    ]
    return others + [.readOpenAPI(describing: resources + others)]
}
