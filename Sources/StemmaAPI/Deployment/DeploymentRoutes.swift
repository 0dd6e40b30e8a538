/// The operations on deployments, and on what may be deployed.
let deploymentRoutes: [Endpoint] = [
    .readReadiness, .readDeploymentConfig, .createDeployment, .listDeployments, .readDeployment, .updateDeployment,
]
