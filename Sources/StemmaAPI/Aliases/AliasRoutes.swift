/// The aliases' operations.
func aliasRoutes(hot: HotAliasTable, _ authenticator: Authenticator) -> [Endpoint] {
    [.setAlias, .readAlias(hot: hot, authenticator), .deleteAlias, .listAliases, .readAliasHistory]
}
