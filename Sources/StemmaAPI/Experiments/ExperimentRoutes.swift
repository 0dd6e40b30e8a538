/// The operations on experiments.
let experimentRoutes: [Endpoint] = [
    .createExperiment, .listExperiments, .readExperiment, .updateExperiment, .recordExperimentResults,
    .listExperimentResults, .concludeExperiment, .calculateSampleSize,
]
