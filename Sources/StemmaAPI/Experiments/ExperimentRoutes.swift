/// The operations on experiments.
let experimentRoutes: [Endpoint] = []
