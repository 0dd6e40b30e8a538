/// The rollouts' operations, and the read that routers ask for the split.
func rolloutRoutes(hot: HotTrafficTable, _ authenticator: Authenticator) -> [Endpoint] {
    [
        .startRollout, .listRollouts, .readRollout, .advanceRollout, .abortRollout,
        .readTraffic(hot: hot, authenticator),
    ]
}
