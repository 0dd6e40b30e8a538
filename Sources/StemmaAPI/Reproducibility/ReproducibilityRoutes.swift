/// The operations on reproducibility.
let reproducibilityRoutes: [Endpoint] = []
