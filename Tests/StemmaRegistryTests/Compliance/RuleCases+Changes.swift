extension RuleCase {
    static let duties: String = #"""
        - rule: SOD-01
          facts:
            version:
              approvers: [p_carol, p_dave]
              makers: [p_ann, p_bob]
          fails:
            - because: a maker approved
              patch: {version: {makers: [p_ann, p_dave]}}
              at: [/passes]
            - because: nobody knows who made it
              patch: {version: {makers: null}}
              at: [/passes]
          not_applicable:
            - because: nobody approved
              patch: {version: {approvers: []}}

        - rule: SOD-02
          facts:
            version:
              production_change:
                kind: requested
                approvals:
                  - {id: r1, person: p_carol, role: "reviewer:technical"}
                  - {id: r2, person: p_carol, role: "reviewer:business"}
                  - {id: r3, person: p_dave, role: "reviewer:security"}
          fails:
            - because: one person approved twice
              patch:
                version:
                  production_change:
                    approvals:
                      - {id: r1, person: p_carol, role: "reviewer:technical"}
                      - {id: r2, person: p_carol, role: "reviewer:security"}
              at: [/passes]
            - because: the second is no reviewer
              patch:
                version:
                  production_change:
                    approvals:
                      - {id: r1, person: p_carol, role: "reviewer:technical"}
                      - {id: r2, person: p_dave, role: admin}
              at: [/passes]
            - because: nobody approved
              patch: {version: {production_change: {approvals: null}}}
              at: [/passes]
          not_applicable:
            - because: it never was in production
              patch: {version: {production_change: null}}
            - because: a rollback put it back
              patch: {version: {production_change: {kind: restored, approvals: []}}}

        - rule: SOD-03
          facts:
            version:
              production_change:
                kind: requested
                by: p_erin
                approvals: [{id: r1, person: p_carol}, {id: r2, person: p_dave}]
          fails:
            - because: who deployed had approved
              patch: {version: {production_change: {by: p_dave}}}
              at: [/passes]
            - because: nobody knows who deployed
              patch: {version: {production_change: {by: null}}}
              at: [/passes]
          not_applicable:
            - because: another version displaced it
              patch: {version: {production_change: {kind: displaced, by: p_dave}}}

        - rule: SOD-04
          facts:
            registry:
              principals:
                - {person: p_ann, roles: [publisher, reader], is_service: false, approvals_given: 0}
                - {person: p_carol, roles: ["reviewer:technical"], is_service: false, approvals_given: 12}
                - {person: p_grace, roles: [auditor, reader], is_service: false, approvals_given: 0}
                - {person: p_ci, roles: [publisher, deployer], is_service: true, approvals_given: 0}
          fails:
            - because: a publisher reviews
              patch:
                registry:
                  principals: [{person: p_ann, roles: [publisher, "reviewer:business"], approvals_given: 0}]
              at: [/passes/every/that/all/0/not/all/0, /passes/every/that/all/0/not/all/1]
            - because: a deployer reviews
              patch:
                registry:
                  principals: [{person: p_ann, roles: ["reviewer:security", deployer], approvals_given: 0}]
              at: [/passes/every/that/all/0/not/all/0, /passes/every/that/all/0/not/all/1]
            - because: an auditor deploys
              patch:
                registry:
                  principals: [{person: p_ann, roles: [auditor, deployer], approvals_given: 0}]
              at: [/passes/every/that/all/1/not/all/0, /passes/every/that/all/1/not/all/1]
            - because: a program approved
              patch:
                registry:
                  principals:
                    - {person: p_ci, roles: ["reviewer:technical"], is_service: true, approvals_given: 1}
              at: [/passes/every/that/all/2/not/all/0, /passes/every/that/all/2/not/all/1]
            - because: nobody looked
              patch: {registry: {principals: null}}
              at: [/passes]
        """#

    static let changes: String = #"""
        - rule: CHG-01
          facts:
            version:
              production_change:
                kind: requested
                has_rationale: true
                evidence_digest: "sha256:ee"
                has_rollback_plan: true
          fails:
            - because: nobody said why
              patch: {version: {production_change: {has_rationale: false}}}
              at: [/passes/all/0]
            - because: there is no evidence
              patch: {version: {production_change: {evidence_digest: null}}}
              at: [/passes/all/1]
            - because: there is no way back
              patch: {version: {production_change: {has_rollback_plan: false}}}
              at: [/passes/all/2]
          not_applicable:
            - because: a rollback put it back
              patch: {version: {production_change: {kind: restored, has_rollback_plan: false}}}
            - because: it never was in production
              patch: {version: {production_change: null}}

        - rule: CHG-02
          facts:
            version:
              manifest_digest: "sha256:aa"
              production_change:
                kind: automatic
                at: 2026-05-01T12:00:00Z
                approvals:
                  - id: r1
                    at: 2026-05-01T11:00:00Z
                    expires_at: 2026-07-30T11:00:00Z
                    manifest_digest: "sha256:aa"
                  - {id: r2, at: 2026-05-01T12:00:00Z, manifest_digest: "sha256:aa"}
          fails:
            - because: an approval came afterwards
              patch:
                version:
                  production_change:
                    approvals: [{id: r1, at: 2026-05-01T12:00:00.001Z, manifest_digest: "sha256:aa"}]
              at: [/passes/every/that/all/0]
            - because: an approval had expired
              patch:
                version:
                  production_change:
                    approvals:
                      - id: r1
                        at: 2026-01-01T00:00:00Z
                        expires_at: 2026-04-01T00:00:00Z
                        manifest_digest: "sha256:aa"
              at: [/passes/every/that/all/1/any/0/not, /passes/every/that/all/1/any/1]
            - because: something else was approved
              patch:
                version:
                  production_change:
                    approvals: [{id: r1, at: 2026-05-01T11:00:00Z, manifest_digest: "sha256:bb"}]
              at: [/passes/every/that/all/2]
            - because: approvals are unknown
              patch: {version: {production_change: {approvals: null}}}
              at: [/passes]
          not_applicable:
            - because: a rollback put it back
              patch: {version: {production_change: {kind: restored, approvals: null}}}

        - rule: CHG-03
          facts:
            model:
              service_changes:
                - {audit_id: audit_20260501_7, at: 2026-05-01T12:00:00Z, transition_at: 2026-05-01T12:00:00Z}
                - {audit_id: audit_20260502_9, at: 2026-05-02T12:00:00Z, transition_at: 2026-05-01T12:00:00Z}
          fails:
            - because: the alias moved before the transition
              patch:
                model:
                  service_changes:
                    - {audit_id: audit_20260501_7, at: 2026-05-01T11:00:00Z, transition_at: 2026-05-01T12:00:00Z}
              at: [/passes/every/that]
            - because: a deployment has no transition
              patch: {model: {service_changes: [{audit_id: audit_20260502_9, at: 2026-05-02T12:00:00Z}]}}
              at: [/passes/every/that]
          not_applicable:
            - because: nothing came into service
              patch: {model: {service_changes: []}}

        - rule: CHG-04
          facts:
            model:
              emergency_changes:
                - {audit_id: audit_20260401_1, at: 2026-04-01T00:00:00Z, reviewed_at: 2026-04-08T00:00:00Z}
                - {audit_id: audit_20260530_4, at: 2026-05-30T00:00:00Z}
          fails:
            - because: the review is late
              patch:
                model:
                  emergency_changes:
                    - {audit_id: audit_20260401_1, at: 2026-04-01T00:00:00Z, reviewed_at: 2026-04-09T00:00:00Z}
              at: [/passes/every/that/any/0, /passes/every/that/any/1/all/0/not, /passes/every/that/any/1/all/1]
            - because: nobody reviewed it
              patch: {model: {emergency_changes: [{audit_id: audit_20260501_1, at: 2026-05-01T00:00:00Z}]}}
              at: [/passes/every/that/any/0, /passes/every/that/any/1/all/1]
          not_applicable:
            - because: there was no emergency
              patch: {model: {emergency_changes: []}}

        - rule: CHG-05
          facts:
            registry: {lifecycle: {gates_changed_at: 2026-01-01T00:00:00Z}}
            version:
              state: production
              published_at: 2026-04-01T00:00:00Z
              gates:
                - {gate: technical, passed: true, decided_at: 2026-04-02T00:00:00Z}
                - {gate: business, passed: true, decided_at: 2026-04-02T00:00:00Z}
                - {gate: operational, passed: true, decided_at: 2026-04-02T00:00:00Z}
                - {gate: security, passed: true, decided_at: 2026-04-02T00:00:00Z}
          fails:
            - because: a gate is missing
              patch:
                version:
                  gates:
                    - {gate: technical, passed: true, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: business, passed: true, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: security, passed: true, decided_at: 2026-04-02T00:00:00Z}
              at: [/passes/all/0]
            - because: a gate has not passed
              patch:
                version:
                  gates:
                    - {gate: technical, passed: true, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: business, passed: false, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: operational, passed: true, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: security, passed: true, decided_at: 2026-04-02T00:00:00Z}
              at: [/passes/all/1/every/that/all/0]
            - because: the content is younger than the decisions
              patch: {version: {published_at: 2026-04-03T00:00:00Z}}
              at:
                - /passes/all/1/every/that/all/1
                - /passes/all/1/every/that/all/1
                - /passes/all/1/every/that/all/1
                - /passes/all/1/every/that/all/1
            - because: the gates' rules are younger than a decision
              patch:
                registry: {lifecycle: {gates_changed_at: 2026-04-02T12:00:00Z}}
                version:
                  gates:
                    - {gate: technical, passed: true, decided_at: 2026-04-02T00:00:00Z}
                    - {gate: business, passed: true, decided_at: 2026-04-03T00:00:00Z}
                    - {gate: operational, passed: true, decided_at: 2026-04-03T00:00:00Z}
                    - {gate: security, passed: true, decided_at: 2026-04-03T00:00:00Z}
              at: [/passes/all/1/every/that/all/2]
            - because: there are no gates
              patch: {version: {gates: null}}
              at: [/passes/all/0, /passes/all/1]
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, gates: []}}
        """#
}
