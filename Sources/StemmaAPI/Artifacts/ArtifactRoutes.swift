/// The operations on versions' files.
let artifactRoutes: [Endpoint] = [.listArtifacts, .readArtifact, .putArtifact, .deleteArtifact, .readArchive]
