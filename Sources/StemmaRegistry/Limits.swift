internal import StemmaJSON

/// Every limit of the registry's own, each with its unit. The HTTP server's are in `ServerConfiguration`.
package struct Limits: Sendable {
    /// A whole JSON request body.
    package var jsonBodyBytes: Int = 1_048_576
    package var descriptionBytes: Int = 65_536
    /// Names, identifiers and other one-line text.
    package var lineBytes: Int = 500
    package var tagCount: Int = 200
    package var tagKeyBytes: Int = 200
    package var tagValueBytes: Int = 5_000
    package var metricCount: Int = 1_000
    package var metricNameBytes: Int = 200
    package var artifactsPerVersion: Int = 5_000
    package var packageCount: Int = 5_000
    package var featureCount: Int = 20_000
    package var parentCount: Int = 1_000
    package var freeMetadataMembers: Int = 1_000
    /// Scalars of one version that filters can see.
    package var attributesPerVersion: Int = 4_000
    package var rationaleBytes: Int = 10_000
    /// Guards of one transition, items of one gate.
    package var lifecycleGuards: Int = 100
    /// Refused transitions, and violating versions, that a backtest names; it counts all.
    package var backtestFindings: Int = 500
    /// Evidence of one transition or review, as canonical JSON.
    package var evidenceBytes: Int = 16_384
    package var reviewsPerVersion: Int = 1_000
    /// Quarantines of one version that are not lifted.
    package var openQuarantines: Int = 100
    /// Steps of one rollout.
    package var rolloutSteps: Int = 20
    /// Success criteria of one rollout, and as many that abort it.
    package var rolloutCriteria: Int = 20
    /// The longest minimum time of a step.
    package var rolloutStepMinutes: Int64 = 525_600
    /// Copies of a server that a deployment configuration may ask for.
    package var deploymentReplicas: Int = 1_000
    /// Paths and digests of the files that a deployment configuration may list; a cluster keeps no larger object.
    package var deploymentFileListBytes: Int = 262_144
    /// What a version may demand of one resource, in megabytes or processor cores.
    package var deploymentResource: Double = 1e9
    package var reproductionsPerVersion: Int = 1_000
    package var reproductionToleranceDefault: Double = 0.001
    /// The largest tolerance of a reproduction: in the metric's unit, or as a share of the original.
    package var reproductionTolerance: Double = 1
    package var experimentDurationMilliseconds: Int64 = 732 * 86_400_000
    /// How far ahead, and how far back, an experiment may start.
    package var experimentStartMilliseconds: Int64 = 366 * 86_400_000
    /// Metrics of one look at an experiment's results.
    package var experimentMetrics: Int = 100
    package var experimentLooks: Int = 1_000
    package var listLimitDefault: Int = 50
    package var listLimitMax: Int = 500
    /// Rows that one page of a list as of a past moment may put together from the audit trail, whether they pass its filter or
    /// not.
    package var pastCandidates: Int = 2_000
    /// Events of one evidence pack, each with its proof.
    package var packEvents: Int = 2_000
    package var idempotencyKeyBytes: Int = 255
    package var idempotencyKeptMilliseconds: Int64 = 48 * 3_600_000
    package var draftKeptMilliseconds: Int64 = 7 * 86_400_000
    package var uploadKeptMilliseconds: Int64 = 24 * 3_600_000
    package var blobBytes: Int64 = 1 << 42
    /// The leaf of one audit event; larger evidence belongs into a blob, named by digest.
    package var auditLeafBytes: Int = 32_768
    /// How long refused attempts of one kind are counted before the count becomes an event.
    package var refusalWindowMilliseconds: Int64 = 10_000
    /// Kinds of refused attempts counted apart in one window; the rest share one event.
    package var refusalKinds: Int = 256
    /// How often reads of named consumers are written.
    package var consumerFlushMilliseconds: Int64 = 1_000
    /// Consumers of versions told apart between two such writes; reads beyond are not counted.
    package var consumerEntries: Int = 4_096
    /// Live consumers of one model's versions; reads of further ones are not counted.
    package var consumersPerModel: Int = 10_000
    /// How long a consumer is kept after it expired.
    package var expiredConsumerKeptMilliseconds: Int64 = 90 * 86_400_000
    package var observationsPerRequest: Int = 10_000
    /// A JSON body of observations, where that is more than `jsonBodyBytes`.
    package var observationBodyBytes: Int = 4 * 1_048_576
    package var observedMetricsPerVersion: Int = 1_000
    /// Values beyond this, either way, are refused, so that no sum of them leaves the numbers.
    package var observationMagnitude: Double = 1e290
    /// How far monitoring's clock may run ahead.
    package var observationFutureMilliseconds: Int64 = 300_000
    package var observationWindowSeconds: Int64 = 366 * 86_400
    /// Days for which single values are kept.
    package var observationPointDays: Int64 = 35
    /// Days after which roll-ups of days become roll-ups of months.
    package var observationDayDays: Int64 = 800
    /// Spans up to so many days are listed as points where nothing else is asked for.
    package var observationAutoPointDays: Int64 = 2
    /// The identity of a lineage entity within its type.
    package var lineageKeyBytes: Int = 1_000
    /// Edges of one request.
    package var lineageEdgesPerRequest: Int = 10_000
    /// Edges of one request that its audit event tells in full; of more it keeps the digest.
    package var lineageEdgesPerEvent: Int = 100
    /// A JSON body of edges, where that is more than `jsonBodyBytes`.
    package var lineageBodyBytes: Int = 8 * 1_048_576
    /// OpenLineage events of one request.
    package var lineageEventsPerRequest: Int = 1_000
    /// How far ahead of the registry's clock an event may be, in milliseconds: facets of a time to come could never be replaced.
    package var lineageEventAheadMilliseconds: Int64 = 86_400_000
    /// Hours of training, or cost of one, beyond which a number is taken for a mistake: sums of thousands stay exact enough.
    package var trainingCostMax: Double = 1e9
    /// Facets of one entity or run as JSON.
    package var lineageFacetBytes: Int = 262_144
    /// Entities that the search for a cycle may look at for one edge.
    package var lineageCycleSearchEntities: Int = 200_000
    /// Edges from where a walk begins to the farthest node: where nothing is asked, and at most.
    package var lineageDepthDefault: Int = 20
    package var lineageDepthMax: Int = 1_000
    /// Nodes that a graph answers: where nothing is asked, and at most.
    package var lineageNodesDefault: Int = 1_000
    package var lineageNodesMax: Int = 10_000
    /// Entities that an analysis of impact answers.
    package var impactEntitiesMax: Int = 100_000
    /// Nodes of a path that an analysis shows; a longer one is shown from its end.
    package var impactPathNodes: Int = 50
    /// Lines of the checklist of one stored assessment.
    package var impactItems: Int = 10_000
    /// Edges that a refusal to remove an entity names.
    package var lineageBlockingEdges: Int = 20
    /// Characters of an edge's or entity's metadata as JSON.
    package var lineageMetadataBytes: Int = 65_536
    package var policyCount: Int = 1_000
    package var policyFilterBytes: Int = 8_192
    /// The longest span over which a policy looks at observations, and the longest age that it allows.
    package var policyDays: Int64 = 3_650
    /// The longest time between two scheduled runs of a policy.
    package var policyMinutes: Int64 = 527_040
    /// Row keys of versions that a run looks at in one read, so that no read stays open for long.
    package var policyPageVersions: Int64 = 4_000
    /// Decisions of one verdict that are stored as one row.
    package var policyDecisionsPerPart: Int = 500
    /// Decisions that a run stores in one transaction, so that it never holds up registrations.
    package var policyDecisionsPerWrite: Int = 2_000
    /// Decisions that a run's own answer carries; the others are in its list of decisions.
    package var policyDecisionsAnswered: Int = 100
    /// Rows of decisions that one page is looked for in, and that one transaction drops.
    package var policyPartsPerStep: Int = 20
    /// The latest runs of a policy whose decisions are kept.
    package var policyRunsWithDecisions: Int64 = 30
    /// The latest runs of a policy that are kept at all.
    package var policyRunsKept: Int64 = 1_000
    /// Evaluations of one version.
    package var evaluationsPerVersion: Int = 200
    package var evaluationBodyBytes: Int64 = 4 << 30
    package var evaluationExamples: Int = 20_000_000
    /// Labels told apart in one evaluation.
    package var evaluationClasses: Int = 65_536
    /// A label, a prediction or an example's id.
    package var evaluationLabelBytes: Int = 200
    /// One example as it is sent, whatever else it carries.
    package var evaluationLineBytes: Int = 65_536
    /// Faulty lines that are named before the rest is left unread.
    package var evaluationFaults: Int = 20
    /// Up to so many classes an evaluation shows each of them, and how they are mistaken for one another.
    package var evaluationShownClasses: Int = 20
    /// Examples that a comparison may carry itself.
    package var comparisonExamples: Int = 200_000
    /// Resamples where nothing is said, and the most that may be asked for.
    package var comparisonResamples: Int = 10_000
    package var comparisonResamplesMax: Int = 100_000
    /// Joint outcomes (label, prediction of A, prediction of B) that are resampled; beyond, variances are derived.
    package var comparisonCells: Int = 4_096
    /// Binomial draws of one comparison where nothing is said, and where more resamples are asked for.
    package var comparisonDraws: Int = 4_000_000
    package var comparisonDrawsMax: Int = 20_000_000
    /// Differences of metadata that a comparison names.
    package var comparisonDifferences: Int = 1_000
    package var webhookCount: Int = 100
    /// Types of events, and name patterns, of one webhook.
    package var webhookPatterns: Int = 100
    /// Deliveries of one webhook that are pending or failed; further events wait in the audit log.
    package var webhookOpenDeliveries: Int = 2_000
    /// Events that are put into outboxes in one transaction.
    package var webhookEventsPerWrite: Int = 200
    /// Deliveries of one webhook that are made before their results are written, and other webhooks get their turn.
    package var webhookDeliveriesPerTurn: Int = 32
    /// How long such a turn may take before no further delivery of it is begun.
    package var webhookTurnMilliseconds: Int64 = 1_000
    /// Deliveries that are under way at the same time, each to another webhook.
    package var webhookConcurrency: Int = 16
    /// The longest that a webhook rests after a failure before its next delivery is tried, unless the receiver asks for more.
    package var webhookRestMilliseconds: Int64 = 600_000
    /// A receiver that took nothing for so long loses its webhook.
    package var webhookFailingMilliseconds: Int64 = 5 * 86_400_000
    /// How long the secret before the present one signs too.
    package var webhookOldSecretMilliseconds: Int64 = 24 * 3_600_000
    /// How long a delivery and its attempts are kept after its end.
    package var webhookDeliveryKeptMilliseconds: Int64 = 30 * 86_400_000
    /// How long the rows of a deleted webhook stay, so that a delivery that is under way cannot find another one's.
    package var webhookDeletedKeptMilliseconds: Int64 = 3_600_000
    /// How long deliveries that are under way may take when the registry stops.
    package var webhookDrainMilliseconds: Int64 = 5_000

    /// How long reads of one kind are counted before the count becomes an event, in milliseconds.
    package var readWindowMilliseconds: Int64 = 600_000
    /// Kinds of reads that are told apart at a time; beyond, what is counted is written at once.
    package var readKinds: Int = 10_000
    /// Events that one transaction prunes, so that it never holds up registrations for long.
    package var prunedEventsPerWrite: Int = 200
    /// Legal holds in force: every deletion looks at all of them.
    package var legalHoldsInForce: Int = 1_000
    /// Texts by which a person is looked for: how many, and how short and long each may be in bytes.
    package var erasureIdentifiers: Int = 32
    package var erasureIdentifierBytes: ClosedRange<Int> = 3...500
    /// Rows that one transaction of an erasure changes, so that it never holds up registrations for long.
    package var erasureRowsPerWrite: Int = 500
    /// How often an erasure looks again for what was written meanwhile.
    package var erasureRounds: Int = 5
    /// How long an erasure may take by law, in milliseconds: one month (GDPR, Article 12(3)). A deferred one is tried again
    /// every day.
    package var erasureRetryMilliseconds: Int64 = 86_400_000
    /// The longest time for which an erasure may be deferred for a legal duty, in days.
    package var erasureDeferralDays: Int64 = 3_653
    /// A database up to this size in bytes is rewritten whole where something erased is still found in its free pages.
    package var erasureRewriteBytes: Int64 = 1 << 30
    /// Row keys of versions that a compliance scan looks at in one read.
    package var compliancePageVersions: Int64 = 2_000
    /// Subjects whose facts are gathered in one read, so that no read stays open for long.
    package var complianceSubjectsPerRead: Int = 25
    /// Subjects whose results are stored in one transaction, and violations that it changes, so that a scan never holds
    /// up registrations.
    package var complianceSubjectsPerWrite: Int = 500
    package var complianceChangesPerWrite: Int = 100
    /// The latest scans whose results by subject are kept.
    package var complianceScansWithResults: Int64 = 30
    /// Results that one transaction drops.
    package var complianceResultsPerStep: Int = 2_000
    /// Reads of results for one page of them.
    package var complianceResultReads: Int = 20
    /// Name patterns of models, and frameworks, of one scan.
    package var complianceScanPatterns: Int = 100
    /// Steps that a violation shows; it counts all.
    package var violationStepsShown: Int = 100
    /// The longest time for which a violation is waived.
    package var waiverMilliseconds: Int64 = 366 * 86_400_000
    /// How far ahead a violation may be due.
    package var violationDueMilliseconds: Int64 = 3_650 * 86_400_000
    package var noteBytes: Int = 10_000
    /// Violations of each kind that a report shows; it counts all.
    package var reportViolations: Int = 5_000
    /// Assessments of a version's risk that are shown, and that may be made.
    package var riskAssessmentsShown: Int = 200
    package var riskAssessmentsPerVersion: Int = 10_000
    /// Days after which a risk has to be assessed again, by tier from the gravest, where the assessment says nothing
    /// else.
    package var riskReviewDays: [Int64] = [90, 180, 365, 730]
    package var riskReviewDaysMax: Int64 = 1_095

    package init() {}

    /// The number of items a list answers where `wanted` were asked for. Throws `validationFailed` out of range.
    func listLimit(_ wanted: Int?) throws(StemmaError) -> Int {
        let limit: Int = wanted ?? listLimitDefault
        guard (1...listLimitMax).contains(limit) else {
            throw StemmaError.validation([ShapeFault(pointer: "?limit", detail: "must be 1 to \(listLimitMax)")])
        }
        return limit
    }
}
