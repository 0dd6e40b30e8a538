/// The observations' operations.
let observationRoutes: [Endpoint] = [.recordObservations, .listObservations, .summarizeObservations]
