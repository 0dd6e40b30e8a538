/// The operations on assessments of versions' risk.
let riskRoutes: [Endpoint] = [.readRisk, .assessRisk]
