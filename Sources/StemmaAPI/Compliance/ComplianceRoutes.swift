/// The operations on rules, scans and violations of compliance.
let complianceRoutes: [Endpoint] = [
    .listComplianceRules, .scanCompliance, .listComplianceScans, .readComplianceScan, .listComplianceResults,
    .listViolations, .readViolation, .updateViolation,
]
