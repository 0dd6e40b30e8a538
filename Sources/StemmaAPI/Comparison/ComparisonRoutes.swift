/// The operations on evaluations and comparisons.
let comparisonRoutes: [Endpoint] = []
