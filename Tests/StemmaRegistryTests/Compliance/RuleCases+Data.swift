extension RuleCase {
    static let validation: String = #"""
        - rule: VAL-01
          facts:
            version:
              state: production
              makers: [p_ann]
              risk: {tier: 1}
              validations:
                - {id: v0, people: [p_ann], at: 2026-05-01T00:00:00Z, report_digest: "sha256:aa"}
                - {id: v1, people: [p_val, p_wes], at: 2026-01-01T00:00:00Z, report_digest: "sha256:bb"}
          passes:
            - because: tier 2 has two years
              patch:
                version:
                  risk: {tier: 2}
                  validations:
                    - {id: v1, people: [p_val], at: 2024-07-01T00:00:00Z, report_digest: "sha256:bb"}
            - because: tier 3 has three years
              patch:
                version:
                  risk: {tier: 3}
                  validations:
                    - {id: v1, people: [p_val], at: 2023-07-01T00:00:00Z, report_digest: "sha256:bb"}
          fails:
            - because: nobody validated
              patch: {version: {validations: []}}
              at: [/passes]
            - because: the makers validated
              patch:
                version:
                  validations:
                    - {id: v0, people: [p_val, p_ann], at: 2026-05-01T00:00:00Z, report_digest: "sha256:aa"}
              at: [/passes, /passes/some/that/all/2]
            - because: there is no report
              patch: {version: {validations: [{id: v1, people: [p_val], at: 2026-05-01T00:00:00Z}]}}
              at: [/passes, /passes/some/that/all/0]
            - because: it names nobody
              patch:
                version:
                  validations: [{id: v1, people: [], at: 2026-05-01T00:00:00Z, report_digest: "sha256:aa"}]
              at: [/passes, /passes/some/that/all/1]
            - because: it is too old for tier 1
              patch:
                version:
                  validations:
                    - {id: v1, people: [p_val], at: 2025-05-01T00:00:00Z, report_digest: "sha256:bb"}
              at:
                - /passes
                - /passes/some/that/all/3/any/0
                - /passes/some/that/all/3/any/1/all/0
                - /passes/some/that/all/3/any/2/all/0
            - because: it is too old for tier 3
              patch:
                version:
                  risk: {tier: 3}
                  validations:
                    - {id: v1, people: [p_val], at: 2023-05-01T00:00:00Z, report_digest: "sha256:bb"}
              at:
                - /passes
                - /passes/some/that/all/3/any/0
                - /passes/some/that/all/3/any/1/all/1
                - /passes/some/that/all/3/any/2/all/1
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, validations: []}}

        - rule: VAL-02
          facts:
            version:
              state: production
              monitoring:
                last_observed_at: 2026-05-31T00:00:00Z
                thresholds:
                  - {metric: accuracy, is_breached: false, has_open_finding: false}
                  - {metric: daily_requests, is_breached: true, has_open_finding: true}
          fails:
            - because: nothing was observed for eight days
              patch: {version: {monitoring: {last_observed_at: 2026-05-24T00:00:00Z}}}
              at: [/passes/all/0]
            - because: nobody is at a breach
              patch:
                version:
                  monitoring:
                    thresholds: [{metric: accuracy, is_breached: true, has_open_finding: false}]
              at: [/passes/all/1/every/that/any/0, /passes/all/1/every/that/any/1]
            - because: there is no monitoring
              patch: {version: {monitoring: null}}
              at: [/passes/all/0, /passes/all/1]
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, monitoring: null}}

        - rule: VAL-03
          facts:
            registry:
              remediations:
                - {id: m1, rule: SOD-01, severity: high, due_at: 2026-06-01T00:00:00Z}
                - {id: m2, rule: INV-01, severity: medium, due_at: 2026-01-01T00:00:00Z}
                - {id: m3, rule: VAL-03, severity: high, due_at: 2026-01-01T00:00:00Z}
          fails:
            - because: a critical finding is overdue
              patch:
                registry:
                  remediations: [{id: m4, rule: CHG-02, severity: critical, due_at: 2026-05-31T23:59:59Z}]
              at:
                - /passes/every/that/not/all/0/not
                - /passes/every/that/not/all/1
                - /passes/every/that/not/all/2/not
            - because: a high finding has no due date
              patch: {registry: {remediations: [{id: m5, rule: SOD-01, severity: high}]}}
              at:
                - /passes/every/that/not/all/0/not
                - /passes/every/that/not/all/1
                - /passes/every/that/not/all/2/not
            - because: nobody looked
              patch: {registry: {remediations: null}}
              at: [/passes]

        - rule: VAL-04
          facts:
            version:
              state: staging
              risk: {annex_iii_area: employment}
              documents:
                - {path: oversight.md, kind: human_oversight}
                - {path: accuracy.json, kind: accuracy}
                - {path: robustness.md, kind: robustness}
          fails:
            - because: nobody oversees it
              patch:
                version:
                  documents: [{path: accuracy.json, kind: accuracy}, {path: robustness.md, kind: robustness}]
              at: [/passes]
            - because: there is no evidence of robustness
              patch:
                version:
                  documents: [{path: oversight.md, kind: human_oversight}, {path: accuracy.json, kind: accuracy}]
              at: [/passes]
          not_applicable:
            - because: it falls under no area of Annex III
              patch: {version: {risk: {annex_iii_area: null}, documents: []}}
            - because: it is in development
              patch: {version: {state: development, documents: []}}

        - rule: INC-01
          facts:
            model:
              incidents:
                - {id: i1, kind: serious, aware_at: 2026-03-01T00:00:00Z, reported_at: 2026-03-16T00:00:00Z}
                - {id: i2, kind: death, aware_at: 2026-03-01T00:00:00Z, reported_at: 2026-03-11T00:00:00Z}
                - id: i3
                  kind: critical_infrastructure
                  aware_at: 2026-03-01T00:00:00Z
                  reported_at: 2026-03-03T00:00:00Z
                - {id: i4, kind: widespread_infringement, aware_at: 2026-05-31T00:00:00Z}
                - {id: i5, kind: death, aware_at: 2026-05-23T00:00:00Z}
                - {id: i6, kind: serious, aware_at: 2026-05-18T00:00:00Z}
          fails:
            - because: a report is late
              patch:
                model:
                  incidents:
                    - {id: i1, kind: serious, aware_at: 2026-03-01T00:00:00Z, reported_at: 2026-03-16T00:00:01Z}
              at:
                - /passes/every/that/any/0
                - /passes/every/that/any/1/all/0/not
                - /passes/every/that/any/1/all/1
                - /passes/every/that/any/2/all/1/any/0
                - /passes/every/that/any/2/all/1/any/1/all/0/not
                - /passes/every/that/any/2/all/1/any/1/all/1
                - /passes/every/that/any/3/all/1/any/0
                - /passes/every/that/any/3/all/1/any/1/all/0/not
                - /passes/every/that/any/3/all/1/any/1/all/1
            - because: a death was reported after eleven days
              patch:
                model:
                  incidents:
                    - {id: i2, kind: death, aware_at: 2026-03-01T00:00:00Z, reported_at: 2026-03-12T00:00:00Z}
              at:
                - /passes/every/that/any/0
                - /passes/every/that/any/1/all/0/not
                - /passes/every/that/any/1/all/1
                - /passes/every/that/any/2/all/1/any/0
                - /passes/every/that/any/2/all/1/any/1/all/0/not
                - /passes/every/that/any/2/all/1/any/1/all/1
                - /passes/every/that/any/3/all/0
            - because: a disruption of infrastructure is not reported after three days
              patch:
                model:
                  incidents: [{id: i3, kind: critical_infrastructure, aware_at: 2026-05-29T00:00:00Z}]
              at:
                - /passes/every/that/any/0
                - /passes/every/that/any/1/all/1
                - /passes/every/that/any/2/all/0
                - /passes/every/that/any/3/all/0
          not_applicable:
            - because: nothing happened
              patch: {model: {incidents: []}}
        """#

    static let data: String = #"""
        - rule: DAT-01
          facts:
            version:
              state: production
              datasets: [{id: fraud_2026}, {id: fraud_2026@v1, content_hash: "sha256:dd"}]
          fails:
            - because: no dataset has a hash
              patch: {version: {datasets: [{id: fraud_2026}]}}
              at: [/passes, /passes/some/that]
            - because: there is no lineage
              patch: {version: {datasets: []}}
              at: [/passes]
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, datasets: []}}

        - rule: DAT-02
          facts:
            version:
              state: validation
              datasets:
                - {id: prices, is_personal: false}
                - id: people
                  is_personal: true
                  lawful_basis: consent
                  purpose: credit scoring
                  retention: 5 years
                  processing_record: ropa-7
          fails:
            - because: nothing is said of a personal dataset
              patch: {version: {datasets: [{id: people, is_personal: true}]}}
              at:
                - /passes/every/that/any/0/not
                - /passes/every/that/any/1/all/0
                - /passes/every/that/any/1/all/1
                - /passes/every/that/any/1/all/2
                - /passes/every/that/any/1/all/3
            - because: one of two has no lawful basis
              patch:
                version:
                  datasets:
                    - id: people
                      is_personal: true
                      purpose: credit scoring
                      retention: 5 years
                      processing_record: ropa-7
              at: [/passes/every/that/any/0/not, /passes/every/that/any/1/all/0]
          not_applicable:
            - because: no data is personal
              patch: {version: {datasets: [{id: prices, is_personal: false}]}}
            - because: nobody knows the data
              patch: {version: {datasets: null}}
            - because: it is archived
              patch: {version: {state: archived, datasets: [{id: people, is_personal: true}]}}

        - rule: DAT-03
          facts:
            model:
              processes_personal_data: true
              processing_record:
                controller: "Example Bank, dpo@example.com"
                purposes: [credit scoring]
                subject_categories: [applicants]
                data_categories: [income]
                recipients: [none]
                transfers: [none]
                erasure_limits: five years after the end of the contract
                security_measures: encryption at rest
          fails:
            - because: there is no record
              patch: {model: {processing_record: null}}
              at:
                - /passes/all/0
                - /passes/all/1
                - /passes/all/2
                - /passes/all/3
                - /passes/all/4
                - /passes/all/5
                - /passes/all/6
                - /passes/all/7
            - because: nobody said who gets the data
              patch: {model: {processing_record: {recipients: []}}}
              at: [/passes/all/4]
          not_applicable:
            - because: no data is personal
              patch: {model: {processes_personal_data: false, processing_record: null}}

        - rule: DAT-04
          facts:
            version:
              state: staging
              risk:
                is_profiling: true
                has_significant_effect: true
                dpia_reference: dpia-12
                dpia_completed_at: 2026-05-01T00:00:00Z
          fails:
            - because: there is no assessment
              patch: {version: {risk: {dpia_reference: null, dpia_completed_at: null}}}
              at: [/passes/all/0, /passes/all/1]
            - because: the assessment is planned only
              patch: {version: {risk: {dpia_completed_at: 2026-07-01T00:00:00Z}}}
              at: [/passes/all/1]
          not_applicable:
            - because: nobody is profiled
              patch: {version: {risk: {is_profiling: false, dpia_reference: null}}}
            - because: nothing significant follows
              patch: {version: {risk: {has_significant_effect: false, dpia_reference: null}}}
            - because: it is in development
              patch: {version: {state: development, risk: {dpia_reference: null}}}

        - rule: DAT-05
          facts:
            version:
              erasure_requests:
                - {id: e1, received_at: 2026-01-01T00:00:00Z, decided_at: 2026-03-01T00:00:00Z}
                - {id: e2, received_at: 2026-05-02T00:00:00Z}
          fails:
            - because: nobody decided for a month
              patch: {version: {erasure_requests: [{id: e2, received_at: 2026-05-01T00:00:00Z}]}}
              at: [/passes/every/that/any/0, /passes/every/that/any/1]
          not_applicable:
            - because: nobody asked
              patch: {version: {erasure_requests: []}}

        - rule: DAT-06
          facts:
            registry:
              erasures:
                - {id: era_1, basis: gdpr-17-1-a, requested_at: 2026-05-02T00:00:00Z}
                - id: era_2
                  basis: gdpr-17-1-b
                  requested_at: 2026-01-01T00:00:00Z
                  ground: legal_claims
                  rerun_at: 2026-06-02T00:00:00Z
          passes:
            - because: the other law has a time of its own
              patch:
                registry: {erasures: [{id: era_1, basis: ccpa-1798-105, requested_at: 2026-04-30T00:00:00Z}]}
          fails:
            - because: nobody answered for a month
              patch: {registry: {erasures: [{id: era_1, basis: other, requested_at: 2026-05-01T00:00:00Z}]}}
              at:
                - /passes/every/that/any/0
                - /passes/every/that/any/1
                - /passes/every/that/any/2/all/0
                - /passes/every/that/any/2/all/1
            - because: it was refused until yesterday
              patch:
                registry:
                  erasures:
                    - id: era_2
                      basis: gdpr-17-1-b
                      requested_at: 2026-01-01T00:00:00Z
                      ground: legal_claims
                      rerun_at: 2026-05-31T00:00:00Z
              at: [/passes/every/that/any/0, /passes/every/that/any/1, /passes/every/that/any/2/all/1]
          not_applicable:
            - because: nobody waits to be erased
              patch: {registry: {erasures: []}}

        - rule: CCPA-02
          facts:
            registry:
              erasures:
                - {id: era_1, basis: ccpa-1798-105, requested_at: 2026-04-20T00:00:00Z}
                - {id: era_2, basis: gdpr-17-1-a, requested_at: 2026-01-01T00:00:00Z}
                - id: era_3
                  basis: ccpa-1798-105
                  requested_at: 2026-01-01T00:00:00Z
                  ground: legal_duty
                  rerun_at: 2026-06-02T00:00:00Z
          fails:
            - because: nobody answered for 45 days
              patch: {registry: {erasures: [{id: era_1, basis: ccpa-1798-105, requested_at: 2026-04-16T00:00:00Z}]}}
              at:
                - /passes/every/that/any/0/not
                - /passes/every/that/any/1
                - /passes/every/that/any/2/all/0
                - /passes/every/that/any/2/all/1
            - because: it was refused until yesterday
              patch:
                registry:
                  erasures:
                    - id: era_3
                      basis: ccpa-1798-105
                      requested_at: 2026-01-01T00:00:00Z
                      ground: legal_duty
                      rerun_at: 2026-05-31T00:00:00Z
              at: [/passes/every/that/any/0/not, /passes/every/that/any/1, /passes/every/that/any/2/all/1]
          not_applicable:
            - because: no consumer of California waits
              patch: {registry: {erasures: [{id: era_2, basis: other, requested_at: 2026-01-01T00:00:00Z}]}}

        - rule: CCPA-01
          facts:
            version:
              state: production
              risk:
                makes_significant_decisions: true
                concerns_californians: true
                ccpa_pre_use_notice: https://example.com/notice
                ccpa_opt_out: https://example.com/opt-out
                ccpa_access: docs/access.md
                ccpa_risk_assessment: ra-3
          fails:
            - because: there is no notice before use
              patch: {version: {risk: {ccpa_pre_use_notice: null}}}
              at: [/passes/all/0]
            - because: nobody can opt out
              patch: {version: {risk: {ccpa_opt_out: ""}}}
              at: [/passes/all/1]
            - because: nobody is told how it decides
              patch: {version: {risk: {ccpa_access: null}}}
              at: [/passes/all/2]
            - because: the risk is not assessed
              patch: {version: {risk: {ccpa_risk_assessment: null}}}
              at: [/passes/all/3]
          not_applicable:
            - because: the decisions are not significant
              patch: {version: {risk: {makes_significant_decisions: false, ccpa_opt_out: null}}}
            - because: nobody of California is concerned
              patch: {version: {risk: {concerns_californians: null, ccpa_opt_out: null}}}
            - because: it is in validation
              patch: {version: {state: validation, risk: {ccpa_opt_out: null}}}

        - rule: PHI-01
          facts:
            version:
              is_phi: true
              readers: [{person: p_ann, in_phi_group: true}, {person: p_bob, in_phi_group: true}]
              unrecorded_downloads: 0
          fails:
            - because: somebody outside the group can read it
              patch: {version: {readers: [{person: p_ann, in_phi_group: true}, {person: p_eve, in_phi_group: false}]}}
              at: [/passes/all/0/every/that]
            - because: there is no group
              patch: {version: {readers: [{person: p_ann}]}}
              at: [/passes/all/0/every/that]
            - because: a download is not in the log
              patch: {version: {unrecorded_downloads: 1}}
              at: [/passes/all/1]
            - because: nobody counts downloads
              patch: {version: {unrecorded_downloads: null}}
              at: [/passes/all/1]
          not_applicable:
            - because: it holds no health information
              patch: {version: {is_phi: false, readers: [], unrecorded_downloads: 9}}
        """#

    static let security: String = #"""
        - rule: SEC-01
          facts:
            version:
              state: production
              artifacts:
                - {path: model.safetensors, format: safetensors, verdict: data_only}
                - {path: old.pkl, format: pickle, exception_expires_at: 2026-06-30T00:00:00Z}
          fails:
            - because: a pickle has no exception
              patch: {version: {artifacts: [{path: old.pkl, format: pickle}]}}
              at: [/passes/every/that/any/0/all/0/not, /passes/every/that/any/1]
            - because: the exception has ended
              patch:
                version:
                  artifacts: [{path: old.pkl, format: pickle, exception_expires_at: 2026-05-31T00:00:00Z}]
              at: [/passes/every/that/any/0/all/0/not, /passes/every/that/any/1]
            - because: the scan found code
              patch: {version: {artifacts: [{path: model.keras, format: zip, verdict: suspicious}]}}
              at: [/passes/every/that/any/0/all/1/not, /passes/every/that/any/1]
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, artifacts: [{path: old.pkl, format: pickle}]}}

        - rule: SEC-02
          facts:
            registry: {scanner: {rule_set: "2026-05"}}
            version:
              state: staging
              artifacts:
                - path: model.safetensors
                  verdict: data_only
                  scanned_at: 2026-05-30T00:00:00Z
                  rule_set: "2026-05"
          fails:
            - because: a file was never scanned
              patch: {version: {artifacts: [{path: model.safetensors}]}}
              at: [/passes/every/that/all/0, /passes/every/that/all/2]
            - because: a file cannot be scanned
              patch:
                version:
                  artifacts:
                    - path: model.zip
                      verdict: unscannable
                      scanned_at: 2026-05-30T00:00:00Z
                      rule_set: "2026-05"
              at: [/passes/every/that/all/1/not]
            - because: the rules have changed
              patch: {registry: {scanner: {rule_set: "2026-06"}}}
              at: [/passes/every/that/all/2]
          not_applicable:
            - because: it is in development
              patch: {version: {state: development, artifacts: [{path: model.zip}]}}

        - rule: SEC-03
          facts:
            version:
              state: production
              risk: {tier: 2}
              attestations:
                - {id: sbom.json, kind: other, is_verified: true, is_trusted: true}
                - {id: model.sigstore.json, kind: signature, is_verified: true, is_trusted: true}
          fails:
            - because: nothing is signed
              patch: {version: {attestations: []}}
              at: [/passes]
            - because: it is no signature
              patch: {version: {attestations: [{id: a, kind: other, is_verified: true, is_trusted: true}]}}
              at: [/passes, /passes/some/that/all/0]
            - because: the signature is wrong
              patch: {version: {attestations: [{id: a, kind: signature, is_verified: false, is_trusted: true}]}}
              at: [/passes, /passes/some/that/all/1]
            - because: anybody may have signed
              patch: {version: {attestations: [{id: a, kind: provenance, is_verified: true, is_trusted: false}]}}
              at: [/passes, /passes/some/that/all/2]
          not_applicable:
            - because: tier 3 needs none
              patch: {version: {risk: {tier: 3}, attestations: []}}
            - because: it is in validation
              patch: {version: {state: validation, attestations: []}}

        - rule: SEC-04
          facts:
            version:
              state: staging
              bom_path: bom.json
              bom_digests: ["sha256:bb", "sha256:aa"]
              artifacts: [{path: a, digest: "sha256:aa"}, {path: b, digest: "sha256:bb"}]
          fails:
            - because: a file is not in it
              patch: {version: {bom_digests: ["sha256:aa"]}}
              at: [/passes]
            - because: it names a file that is not there
              patch: {version: {bom_digests: ["sha256:aa", "sha256:bb", "sha256:cc"]}}
              at: [/passes]
            - because: it cannot be read
              patch: {version: {bom_digests: null}}
              at: [/passes]
          not_applicable:
            - because: there is none
              patch: {version: {bom_path: null, bom_digests: null}}
            - because: it is in development
              patch: {version: {state: development, bom_digests: []}}

        - rule: SEC-05
          facts:
            version:
              state: shadow
              parents:
                - {id: own_v1.0.0, is_third_party: false}
                - id: bert-base
                  is_third_party: true
                  licence: Apache-2.0
                  source_digest: "sha256:ee"
                  scanned_at: 2026-01-01T00:00:00Z
          fails:
            - because: nothing is known of the parent
              patch: {version: {parents: [{id: bert-base, is_third_party: true}]}}
              at:
                - /passes/every/that/any/0
                - /passes/every/that/any/1/all/0
                - /passes/every/that/any/1/all/1
                - /passes/every/that/any/1/all/2
            - because: the parent has no licence
              patch:
                version:
                  parents:
                    - id: bert-base
                      is_third_party: true
                      source_digest: "sha256:ee"
                      scanned_at: 2026-01-01T00:00:00Z
              at: [/passes/every/that/any/0, /passes/every/that/any/1/all/0]
          not_applicable:
            - because: all parents are our own
              patch: {version: {parents: [{id: own_v1.0.0, is_third_party: false}]}}
            - because: it has no parents
              patch: {version: {parents: []}}
            - because: it is in validation
              patch: {version: {state: validation, parents: [{id: bert-base, is_third_party: true}]}}
        """#
}
