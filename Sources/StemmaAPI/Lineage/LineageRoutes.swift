/// The operations on lineage.
let lineageRoutes: [Endpoint] = []
