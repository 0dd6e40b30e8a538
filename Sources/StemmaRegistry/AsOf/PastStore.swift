/// A moment of the past as rows and as the log know it.
package struct PastMoment: Sendable, Equatable {
    package let time: Timestamp
    /// The sequence of the first event after it; the log's size where there is none.
    package let end: Int64

    package init(time: Timestamp, end: Int64) {
        self.time = time
        self.end = end
    }
}

/// Rows that were there at a moment, in an order that does not change: the one in which they were registered, or by name.
package struct PastQuery: Sendable {
    package let moment: PastMoment
    /// The row key of the model; nil for all models in scope.
    package let model: Int64?
    /// Models only: by name instead of by registration.
    package let isByName: Bool
    package let isDescending: Bool
    /// The position of the last row before; nil for the first.
    package let after: SortValue?
    package let limit: Int
    package let scope: ModelScope

    package init(
        moment: PastMoment, model: Int64? = nil, isByName: Bool = false, isDescending: Bool, after: SortValue?,
        limit: Int, scope: ModelScope
    ) {
        self.moment = moment
        self.model = model
        self.isByName = isByName
        self.isDescending = isDescending
        self.after = after
        self.limit = limit
        self.scope = scope
    }
}

/// A row's key with its position in a `PastQuery`.
package struct PastRow: Sendable {
    package let id: Int64
    /// A model's name; empty for anything else.
    package let name: String
    package let position: SortValue

    package init(id: Int64, name: String, position: SortValue) {
        self.id = id
        self.name = name
        self.position = position
    }
}

/// Reading what was there at a moment, rows included that were deleted since. Drafts that were removed left no row.
package protocol PastReader {
    /// Versions that were registered and not deleted, drafts included.
    func pastVersions(_ query: PastQuery) throws -> [PastRow]

    /// Models that were registered and not deleted.
    func pastModels(_ query: PastQuery) throws -> [PastRow]

    /// Entities of the lineage graph that had been made and were not taken out since, as far as their rows tell: one that was
    /// taken out and made again is there all the time. In the order in which they were made.
    func pastLineageEntities(_ query: PastQuery) throws -> [PastRow]

    /// Impact assessments that had been made, in that order.
    func pastImpactAssessments(_ query: PastQuery) throws -> [PastRow]

    /// The row key of what `latest` was: see `VersionReader.latestVersion`.
    func latestVersion(model id: Int64, named name: String, at moment: PastMoment) throws -> Int64?

    /// The row key of what a range meant: see `VersionReader.newestVersion`.
    func newestVersion(
        model id: Int64, named name: String, in range: VersionRange, at moment: PastMoment
    ) throws -> Int64?

    /// How many versions of a model were published and not deleted.
    func publishedVersionCount(model id: Int64, named name: String, at moment: PastMoment) throws -> Int64

    /// How many published versions a model had in each state, drafts under `draft`; those without any are absent.
    func versionCounts(model id: Int64, named name: String, at moment: PastMoment) throws -> [String: Int64]

    /// The last review of any version of a model; nil where there was none.
    func lastReview(model id: Int64, at moment: Timestamp) throws -> (version: String, review: ReviewRecord)?

    /// Events that succeeded under one of these actions, about models in scope, in order, within a range of sequences.
    func events(actions: [String], in range: Range<Int64>, scope: ModelScope, limit: Int) throws -> [AuditRecord]

    /// Every alias that a model ever had, by name.
    func aliasNamesEver(model name: String) throws -> [String]

    /// What succeeded of a model itself under one of these actions, oldest first. Its versions and aliases are others.
    func modelEvents(_ name: String, actions: [String]) throws -> [AuditRecord]

    /// What clients did with an entity of the lineage graph itself, oldest first.
    func lineageEntityEvents(_ node: LineageNodeID) throws -> [AuditRecord]

    /// Whether anything succeeded under that action in a range of sequences.
    func hasEvents(_ action: String, in range: Range<Int64>) throws -> Bool

    /// When the first edge of an entity began that lasted beyond `start`, from then on until a moment; nil where none did.
    func firstLineageEdge(of id: Int64, after start: Timestamp, at moment: Timestamp) throws -> Timestamp?

    /// Events about a model or what it has, newest first, before `sequence`, under one of these actions, successful ones.
    func events(ofModel name: String, actions: [String], before sequence: Int64, limit: Int) throws -> [AuditRecord]

    /// What succeeded of a version and its files, oldest first, but not under these actions.
    func versionEvents(model: String, version: String, besides actions: [String]) throws -> [AuditRecord]

    /// Sequences of events that were about a version besides something else, in order.
    func eventsMentioning(model: String, version: String) throws -> [Int64]

    /// The last transition of a version before that sequence of the log, with its facts.
    func lastTransition(version id: Int64, before sequence: Int64) throws -> TransitionRecord?

    /// Of the transitions that one event tells of, the one whose guards were asked, with its facts.
    func mainTransition(auditSequence sequence: Int64) throws -> TransitionRecord?

    /// The row key of a version's first transition at that sequence of the log or after it.
    func firstTransition(version id: Int64, notBefore sequence: Int64) throws -> Int64?

    /// The version of a model that was in a state, by the last transitions before that sequence of the log.
    func versions(model id: Int64, in state: LifecycleState, before sequence: Int64) throws -> [Int64]

    /// The definition that was in force.
    func lifecycleDefinition(at moment: Timestamp) throws -> LifecycleDefinitionRecord?
}
