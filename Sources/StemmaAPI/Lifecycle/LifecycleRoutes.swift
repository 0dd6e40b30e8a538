/// The lifecycle's operations.
let lifecycleRoutes: [Endpoint] = [
    .transitionVersion, .listTransitions, .listAllowedTransitions, .rollbackVersion, .readLifecycle,
    .readLifecycleRevision, .listLifecycleRevisions, .putLifecycle, .listGuards, .readProduction, .backtestLifecycle,
]
