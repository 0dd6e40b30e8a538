/// The operations on bytes by digest.
let blobRoutes: [Endpoint] = [.putBlob, .readBlob]
