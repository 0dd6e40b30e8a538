/// The operations on resumable uploads.
let uploadRoutes: [Endpoint] = [.createUpload, .readUpload, .appendUpload, .cancelUpload, .completeUpload]
