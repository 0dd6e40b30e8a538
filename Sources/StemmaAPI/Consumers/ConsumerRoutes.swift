/// The consumers' operations.
let consumerRoutes: [Endpoint] = [.listConsumers]
