/// The operations on legal holds, erasure, redaction and retention.
let privacyRoutes: [Endpoint] = [
    .setModelLegalHold, .readModelLegalHold, .placeLegalHold, .releaseLegalHold, .readLegalHold, .listLegalHolds,
    .eraseSubject, .readErasure, .listErasures, .redactEvent, .readRetention, .runRetention,
]
