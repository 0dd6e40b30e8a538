/// What auditors draw samples from.
let populationRoutes: [Endpoint] = [.readInventory, .readChangePopulation]
