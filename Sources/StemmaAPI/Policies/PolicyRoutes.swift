/// The operations on policies and their runs.
let policyRoutes: [Endpoint] = [
    .createPolicy, .listPolicies, .readPolicy, .replacePolicy, .deletePolicy, .runPolicy, .listPolicyRuns,
    .readPolicyRun, .listPolicyDecisions,
]
