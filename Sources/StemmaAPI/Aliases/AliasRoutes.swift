internal import StemmaRegistry

/// The aliases' operations.
func aliasRoutes(hot: HotAliasTable, _ authenticator: Authenticator, _ consumers: ConsumerLog) -> [Endpoint] {
    [.setAlias, .readAlias(hot: hot, authenticator, consumers), .deleteAlias, .listAliases, .readAliasHistory]
}
