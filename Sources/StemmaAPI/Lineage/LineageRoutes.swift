/// The operations on lineage.
let lineageRoutes: [Endpoint] = [
    .putLineageEntity, .readLineageEntity, .deleteLineageEntity, .listLineageEntities, .addLineageEdges,
    .endLineageEdge,
    .readLineageGraph, .readVersionLineage, .analyzeImpact, .assessImpact, .listAssessments, .readAssessment,
    .acknowledgeImpact, .closeAssessment, .ingestLineageEvents, .listLineageRuns,
]
