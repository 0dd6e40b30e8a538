/// The operations on tokens.
let accessRoutes: [Endpoint] = [.createToken, .listTokens, .revokeToken]
