/// The operations on rules, scans, violations, reports and records of compliance.
let complianceRoutes: [Endpoint] = [
    .listComplianceRules, .scanCompliance, .listComplianceScans, .readComplianceScan, .listComplianceResults,
    .listViolations, .readViolation, .updateViolation, .readComplianceReport, .recordCompliance,
]
