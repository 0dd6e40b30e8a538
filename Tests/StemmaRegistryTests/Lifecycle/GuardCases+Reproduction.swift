import StemmaJSON
import StemmaRegistry

extension GuardCase {
    /// A manifest that lacks nothing.
    private static let whole: JSONValue = [
        "code_commit": .string(String(repeating: "a1", count: 20)),
        "data_hash": .string("sha256:" + String(repeating: "0f", count: 32)),
        "environment_image": .string("ghcr.io/acme/train:1.2@sha256:" + String(repeating: "1e", count: 32)),
        "random_seed": 0, "hardware_spec": ["cpu": "x"], "framework_versions": ["python": "3.9.16"],
    ]

    private static let people: [String] = ["publisher", "deployer"] + Role.gates.map { "reviewer:" + $0 }

    static let reproductions: [GuardCase] = [
        .passes(
            "reproducibility_complete", "every part", read: ["score": 1, "missing": [], "invalid": []],
            limit: ["minimum_score": 1], detail: "6 of 6 parts"
        ) { $0.declare("reproducibility", whole) },
        .passes("reproducibility_complete", "as much as is demanded", ["minimum_score": 0.5]) {
            $0.declare("reproducibility", whole)
            for part in ["hardware_spec", "framework_versions", "data_hash"] { $0.undeclare("reproducibility." + part) }
        },
        .passes("reproducibility_complete", "nothing is demanded", ["minimum_score": 0]) { $0.document = [:] },
        .refuses(
            "reproducibility_complete", "one part is missing and one invalid",
            missing: ["reproducibility.environment_image", "reproducibility.random_seed"], by: ["publisher"],
            read: ["missing": ["random_seed"], "invalid": ["environment_image"]],
            detail: "4 of 6 parts of the manifest are valid, a score of at least 1.0 is needed: environment_image is "
                + "invalid, random_seed is missing"
        ) {
            $0.declare("reproducibility", whole)
            $0.undeclare("reproducibility.random_seed")
            $0.declare("reproducibility.environment_image", "Not An Image")
        },
        .passes("reproduction_recorded", "somebody else made it", read: ["people": 1], detail: "1 of 1 people") {
            $0.reproduce(by: 9)
        },
        .passes("reproduction_recorded", "the author, where that is enough", ["independent": false]) {
            $0.reproduce(by: FactsBuilder.author)
        },
        .passes("reproduction_recorded", "two people", ["minimum": 2], read: ["people": 2]) {
            $0.reproduce(by: 8)
            $0.reproduce(by: 9)
        },
        .passes(
            "reproduction_recorded", "just young and narrow enough", ["max_age_days": 30, "max_tolerance": 0.001]
        ) { $0.reproduce(by: 9, daysAgo: 30) },
        .passes("reproduction_recorded", "failures of others do not count against it") {
            $0.reproduce(by: 8, false)
            $0.reproduce(by: 9)
        },
        .refuses(
            "reproduction_recorded", "nobody tried", missing: ["reproduction"], by: people,
            read: ["reproductions": [], "people": 0], limit: ["minimum": 1, "independent": true, "max_age_days": nil],
            detail: "no attempt was recorded against the evidence that is there now"
        ) { _ in },
        .refuses(
            "reproduction_recorded", "it did not come out", missing: ["reproduction"], by: people,
            detail: "rep_0 did not reproduce every metric"
        ) { $0.reproduce(by: 9, false) },
        .refuses(
            "reproduction_recorded", "only by those who made it", missing: ["reproduction"], by: people,
            detail: "had a hand in the version"
        ) {
            $0.authors = [1, 9]
            $0.reproduce(by: 1)
            $0.reproduce(by: 9)
        },
        .refuses(
            "reproduction_recorded", "too few people", ["minimum": 2], missing: ["reproduction"], by: people,
            read: ["people": 1], detail: "1 of 2 people who are needed"
        ) { $0.reproduce(by: 9) },
        .refuses(
            "reproduction_recorded", "too long ago", ["max_age_days": 30], missing: ["reproduction"], by: people,
            detail: "is older than 30 days"
        ) { $0.reproduce(by: 9, daysAgo: 31) },
        .refuses(
            "reproduction_recorded", "too generous", ["max_tolerance": 0.001], missing: ["reproduction"], by: people,
            detail: "allowed a tolerance of 0.01, more than 0.001"
        ) { $0.reproduce(by: 9, tolerance: 0.01, mode: .relative) },
    ]
}
