/// The operations on evaluations and comparisons.
let comparisonRoutes: [Endpoint] = [.putEvaluation, .listEvaluations, .readEvaluation, .compareModels]
