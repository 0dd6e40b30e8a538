/// Reviews, gates and quarantines.
let governanceRoutes: [Endpoint] = [
    .reviewVersion, .listReviews, .readGates, .quarantineVersion, .liftQuarantine, .listQuarantines,
]
