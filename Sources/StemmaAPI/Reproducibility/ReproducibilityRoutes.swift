/// The operations on reproducibility.
let reproducibilityRoutes: [Endpoint] = [
    .readReproducibility, .recordReproduction, .listReproductions, .readReproduction,
]
