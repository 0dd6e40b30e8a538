/// The versions' operations.
let versionRoutes: [Endpoint] = [
    .registerVersion, .listVersions, .readVersion, .updateVersion, .deleteVersion, .publishVersion, .readMetricHistory,
    .readVersionByID, .listAllVersions,
]
