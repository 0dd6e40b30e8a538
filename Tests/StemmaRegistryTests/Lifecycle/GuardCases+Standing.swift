import StemmaJSON
import StemmaRegistry

extension GuardCase {
    private static let keepers: [String] = ["deployer", "admin"] + Role.gates.map { "reviewer:" + $0 }

    static let standing: [GuardCase] = [
        .passes("retention_elapsed", "exactly long enough", read: ["days": 90], limit: ["days": 90]) {
            $0.daysInState = 90
        },
        .refuses(
            "retention_elapsed", "a day too early", missing: [], by: [], read: ["days": 89],
            detail: "it has to stay in staging until 2024-01-16"
        ) { $0.daysInState = 89 },
        .passes("no_live_consumers", "none", read: ["count": 0]),
        .refuses(
            "no_live_consumers", "two", missing: [], by: [], read: ["count": 2, "consumers": ["a", "b"]],
            limit: ["count": 0], detail: "still read by a, b"
        ) { $0.consumers = ["a", "b"] },
        .passes("no_quarantine", "none", read: ["quarantines": []]),
        .refuses(
            "no_quarantine", "one", missing: ["the end of the quarantine"], by: keepers, limit: ["quarantines": 0],
            detail: "quarantined: leaks"
        ) { $0.quarantines = ["leaks"] },
    ]

    private static let planners: [String] = ["the request", "publisher", "reviewer:operational"]

    static let requests: [GuardCase] = [
        .passes("rationale_given", "given", read: ["length": 12]),
        .passes("rationale_given", "long enough", ["minimum_length": 12]),
        .refuses(
            "rationale_given", "none", missing: ["rationale"], by: ["the request"], read: ["length": 0],
            limit: ["minimum_length": 1]
        ) { $0.request.rationale = nil },
        .refuses("rationale_given", "blank", missing: ["rationale"], by: ["the request"], read: ["length": 0]) {
            $0.request.rationale = " \n\t "
        },
        .refuses(
            "rationale_given", "too short", ["minimum_length": 20], missing: ["rationale"], by: ["the request"],
            read: ["length": 12]
        ) { _ in },
        .passes("rollback_plan", "in the request", read: ["found": ["request"]]) { $0.undeclare("metadata") },
        .passes("rollback_plan", "in the metadata", read: ["found": ["metadata.rollback_plan"]]) {
            $0.request.rollbackPlan = nil
        },
        .passes("rollback_plan", "a file", read: ["found": ["*/rollback*"]]) {
            $0.request.rollbackPlan = nil
            $0.undeclare("metadata")
            $0.paths.append("plans/rollback.md")
        },
        .passes("rollback_plan", "an approval's evidence", read: ["found": ["review rev_0"]]) {
            $0.request.rollbackPlan = nil
            $0.undeclare("metadata")
            $0.review("operational", "approve", by: 10, evidence: ["rollback_plan": "back"])
        },
        .refuses(
            "rollback_plan", "none", missing: ["rollback_plan"], by: planners, read: ["found": []],
            limit: ["paths": ["rollback*", "*/rollback*"]], detail: "no rollback plan is known"
        ) {
            $0.request.rollbackPlan = " "
            $0.undeclare("metadata")
        },
        .refuses("rollback_plan", "only in what does not count", missing: ["rollback_plan"], by: planners) {
            $0.request.rollbackPlan = nil
            $0.undeclare("metadata")
            $0.review("operational", "comment", by: 10, evidence: ["rollback_plan": "back"])
            $0.review("operational", "approve", by: 11, evidence: ["rollback_plan": "back"], revision: 0)
            $0.review("operational", "approve", by: 12, evidence: ["rollback_plan": "back"], daysAgo: 90)
            $0.review("operational", "approve", by: FactsBuilder.author, evidence: ["rollback_plan": "back"])
        },
    ]

    static let approvals: [GuardCase] = [
        .passes(
            "approval_gates", "all four",
            read: ["approvers": ["reviewer 10", "reviewer 11", "reviewer 12", "reviewer 13"]]
        ) { $0.approveEverywhere() },
        .passes("approval_gates", "the one that is demanded", ["gates": ["security"]]) {
            $0.review("security", "approve", by: 10)
        },
        .passes("approval_gates", "one person may approve everywhere") { $0.approveEverywhere(byOne: 10) },
        .refuses(
            "approval_gates", "nobody", ["gates": ["security"]],
            missing: ["security.access_and_data_review", "security.approval", "approvers"],
            by: ["admin", "reviewer:security"], limit: ["gates": ["security"], "distinct_approvers": 1],
            detail: "0 of 1 approvals"
        ) { _ in },
        .refuses(
            "approval_gates", "an evaluated item fails", ["gates": ["security"]],
            missing: ["security.pinned_dependencies"], by: ["publisher"], detail: "security: pinned_dependencies"
        ) {
            $0.review("security", "approve", by: 10)
            $0.declare("dependencies.packages", ["numpy"])
        },
        .refuses(
            "approval_gates", "one gate of four",
            missing: [
                "business.business_metric_impact", "business.compliance_verification",
                "business.stakeholder_approval", "business.approval",
            ], by: ["admin", "reviewer:business"]
        ) {
            $0.approveEverywhere()
            $0.reviews.removeAll { $0.gate == "business" }
        },
        .refuses(
            "approval_gates", "too few different people",
            ["gates": ["security", "technical"], "distinct_approvers": 2],
            missing: ["approvers"], by: ["admin", "reviewer:security", "reviewer:technical"],
            detail: "1 different people approved, 2 are needed"
        ) { $0.approveEverywhere(byOne: 10) },
    ]
}
