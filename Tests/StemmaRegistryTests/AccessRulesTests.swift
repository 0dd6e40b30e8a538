import StemmaRegistry
import Testing

@Suite struct AccessRulesTests {
    @Test(
        arguments: [
            ("*", "anything", true), ("*", "", true), ("fraud", "fraud", true), ("fraud", "fraud2", false),
            ("fraud_*", "fraud_detection", true), ("fraud_*", "fraud_", true), ("fraud_*", "Fraud_x", false),
            ("fraud_*", "my_fraud_x", false), ("*_v2", "fraud_v2", true), ("*_v2", "fraud_v2x", false),
            ("a?c", "abc", true), ("a?c", "ac", false), ("a?c", "abbc", false), ("?", "é", true),
            ("?", "e\u{301}", false),
            ("a*b*c", "a--b--b--c", true), ("a*b*c", "a--b--b--", false), ("**", "x", true), ("a**b", "ab", true),
            ("", "", true), ("", "x", false), ("[ab]", "a", false), ("[ab]", "[ab]", true), ("a.c", "abc", false),
            ("é", "e\u{301}", false),
        ] as [(String, String, Bool)])
    func globs(pattern: String, name: String, matches: Bool) {
        #expect(ModelScope(patterns: [pattern]).contains(name) == matches)
    }

    @Test func onePatternOfSeveralIsEnough() {
        let scope = ModelScope(patterns: ["fraud_*", "churn"])
        #expect(scope.contains("fraud_x"))
        #expect(scope.contains("churn"))
        #expect(!scope.contains("churn2"))
        #expect(!scope.isUnlimited)
        #expect(ModelScope.everything.isUnlimited)
        #expect(!ModelScope(patterns: []).contains("x"))
    }

    /// A pattern that makes a backtracking matcher take longer than the universe.
    @Test func pathologicalPatternsStayFast() {
        let name = String(repeating: "a", count: 200) + "b"
        let scope = ModelScope(patterns: [
            String(repeating: "*a", count: 100) + "c", String(repeating: "a*", count: 400),
        ])
        let took: Duration = ContinuousClock().measure { #expect(!scope.contains(name)) }
        #expect(took < .seconds(2))
    }

    private static let reviewing: Set<Permission> = [
        .readModels, .reviewVersions, .quarantineVersions, .recordEvidence, .assessRisk, .recordCompliance,
    ]
    private static let granted: [(role: String, permissions: Set<Permission>)] = [
        ("reader", [.readModels]), ("reviewer:technical", reviewing), ("reviewer:security", reviewing),
        (
            "publisher",
            [
                .readModels, .publishModels, .moveAliases, .transitionVersions, .recordObservations, .writeLineage,
                .recordEvidence, .manageExperiments, .readCompliance, .remediate, .assessRisk, .recordCompliance,
            ]
        ),
        (
            "deployer",
            [
                .readModels, .moveAliases, .moveProtectedAliases, .transitionVersions, .recordObservations,
                .manageDeployments, .manageRollouts, .quarantineVersions, .writeLineage, .recordEvidence,
                .manageExperiments, .recordCompliance,
            ]
        ),
        (
            "auditor",
            [
                .readModels, .readAudit, .manageHolds, .readCompliance, .manageCompliance, .remediate, .assessRisk,
                .recordCompliance,
            ]
        ),
        ("admin", Set(Permission.allCases)),
    ]

    @Test func everyRoleCarriesItsPermissionsAndNoOther() throws {
        for (name, permissions) in AccessRulesTests.granted {
            let role: Role = try #require(Role(name))
            #expect(role.description == name)
            let principal: Principal = AccessRulesTests.principal([role])
            for permission in Permission.allCases {
                #expect(principal.may(permission) == permissions.contains(permission), "\(name) \(permission)")
            }
        }
    }

    @Test func rolesAddUp() {
        let principal: Principal = AccessRulesTests.principal([.publisher, .auditor])
        #expect(principal.may(.publishModels))
        #expect(principal.may(.readAudit))
        #expect(!principal.may(.moveProtectedAliases))
    }

    @Test(arguments: [
        "", "Admin", "root", "reviewer", "reviewer:", "reviewer:none", "reviewer:technical ", "admin,reader",
    ])
    func refusesRole(name: String) {
        #expect(Role(name) == nil)
    }

    @Test func aRefusalNamesPermissionAndRoles() async {
        let error: StemmaError? = await expectRefusal(.permissionDenied) {
            try AccessRulesTests.principal([.reader]).require(.publishModels)
        }
        #expect(error?.detail.contains("models:publish") == true)
        #expect(error?.detail.contains("publisher") == true && error?.detail.contains("admin") == true)
    }

    private static func principal(_ roles: Set<Role>) -> Principal {
        Principal(
            id: 1, pseudonym: "p_1", subject: "ada", tokenID: "tok_1", roles: roles, scope: .everything, expires: nil)
    }
}
