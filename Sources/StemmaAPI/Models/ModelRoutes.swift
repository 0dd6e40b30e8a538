/// The models' operations.
let modelRoutes: [Endpoint] = [.registerModel, .listModels, .readModel, .updateModel, .deleteModel]
