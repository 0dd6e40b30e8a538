extension RuleCase {
    static let inventory: String = #"""
        - rule: INV-01
          facts:
            model:
              states: [development, production]
              owners:
                - {person: p_ann, role: owner, is_active: true}
                - {person: p_bob, role: backup, is_active: true}
          fails:
            - because: nobody is named
              patch: {model: {owners: []}}
              at: [/passes/all/0, /passes/all/1, /passes/all/2]
            - because: nobody looked for owners
              patch: {model: {owners: null}}
              at: [/passes/all/0, /passes/all/1, /passes/all/2]
            - because: the owner has left
              patch:
                model:
                  owners:
                    - {person: p_ann, role: owner, is_active: false}
                    - {person: p_bob, role: backup, is_active: true}
              at: [/passes/all/0, /passes/all/0/some/that/all/1, /passes/all/0/some/that/all/0]
            - because: the backup has left
              patch:
                model:
                  owners:
                    - {person: p_ann, role: owner, is_active: true}
                    - {person: p_bob, role: backup, is_active: false}
              at: [/passes/all/1, /passes/all/1/some/that/all/0, /passes/all/1/some/that/all/1]
            - because: the owner is their own backup
              patch:
                model:
                  owners:
                    - {person: p_ann, role: owner, is_active: true}
                    - {person: p_ann, role: backup, is_active: true}
              at: [/passes/all/2]
          not_applicable:
            - because: everything is in development or archived
              patch: {model: {states: [development, archived], owners: []}}

        - rule: INV-02
          facts:
            model: {}
            version:
              state: production
              use_case: fraud
              inputs: [amount]
              outputs: [score]
              limitations: Not for amounts above a million.
              dependencies: [xgboost==1.7.0]
              created_at: 2026-01-01T00:00:00Z
              state_since: 2026-02-01T00:00:00Z
          passes:
            - because: the model tells the use case
              patch: {model: {use_case: fraud}, version: {use_case: null}}
          fails:
            - because: nobody tells the use case
              patch: {model: {use_case: " "}, version: {use_case: ""}}
              at: [/passes/all/0/any/0, /passes/all/0/any/1]
            - because: no inputs
              patch: {version: {inputs: []}}
              at: [/passes/all/1]
            - because: no outputs
              patch: {version: {outputs: null}}
              at: [/passes/all/2]
            - because: no limitations
              patch: {version: {limitations: ""}}
              at: [/passes/all/3]
            - because: no dependencies
              patch: {version: {dependencies: []}}
              at: [/passes/all/4]
            - because: no date of registration
              patch: {version: {created_at: null}}
              at: [/passes/all/5]
            - because: no date of its state
              patch: {version: {state_since: null}}
              at: [/passes/all/6]
          not_applicable:
            - because: it is in validation
              patch: {version: {state: validation}}

        - rule: INV-03
          facts:
            version:
              state: staging
              risk: {tier: 1, computed_tier: 1, assessed_at: 2025-06-02T00:00:00Z}
          passes:
            - because: tier 2 has two years
              patch: {version: {risk: {tier: 2, computed_tier: 3, assessed_at: 2024-06-10T00:00:00Z}}}
            - because: tier 3 has three years
              patch: {version: {risk: {tier: 3, computed_tier: 3, assessed_at: 2023-06-10T00:00:00Z}}}
          fails:
            - because: no assessment
              patch: {version: {risk: null}}
              at:
                - /passes/all/0
                - /passes/all/1/any/0
                - /passes/all/1/any/1/all/0
                - /passes/all/1/any/1/all/1
                - /passes/all/1/any/2/all/0
                - /passes/all/1/any/2/all/1
            - because: the tier is milder than what exposure and purpose come to
              patch: {version: {risk: {tier: 3, computed_tier: 2}}}
              at: [/passes/all/0]
            - because: tier 1 has one year only
              patch: {version: {risk: {assessed_at: 2025-05-31T00:00:00Z}}}
              at: [/passes/all/1/any/0, /passes/all/1/any/1/all/0, /passes/all/1/any/2/all/0]
            - because: an assessment of the future
              patch: {version: {risk: {assessed_at: 2026-06-02T00:00:00Z}}}
              at:
                - /passes/all/1/any/0
                - /passes/all/1/any/1/all/0
                - /passes/all/1/any/1/all/1
                - /passes/all/1/any/2/all/0
                - /passes/all/1/any/2/all/1
            - because: tier 2 has two years only
              patch: {version: {risk: {tier: 2, computed_tier: 2, assessed_at: 2024-05-01T00:00:00Z}}}
              at: [/passes/all/1/any/0, /passes/all/1/any/1/all/1, /passes/all/1/any/2/all/0]
          not_applicable:
            - because: it is in development
              patch: {version: {state: development, risk: null}}

        - rule: INV-04
          facts:
            model: {states: [production], risk_tier: 1, attested_at: 2025-06-02T00:00:00Z}
          passes:
            - because: tier 2 has two years
              patch: {model: {risk_tier: 2, attested_at: 2024-06-10T00:00:00Z}}
            - because: tier 4 has three years
              patch: {model: {risk_tier: 4, attested_at: 2023-06-10T00:00:00Z}}
          fails:
            - because: never attested, tier unknown
              patch: {model: {risk_tier: null, attested_at: null}}
              at:
                - /passes/any/0
                - /passes/any/1/all/0
                - /passes/any/1/all/1
                - /passes/any/2/all/0
                - /passes/any/2/all/1
            - because: the tier is unknown, so that one year counts
              patch: {model: {risk_tier: null, attested_at: 2024-06-10T00:00:00Z}}
              at: [/passes/any/0, /passes/any/1/all/0, /passes/any/2/all/0]
            - because: tier 3 has three years only
              patch: {model: {risk_tier: 3, attested_at: 2023-05-01T00:00:00Z}}
              at: [/passes/any/0, /passes/any/1/all/1, /passes/any/2/all/1]
          not_applicable:
            - because: nothing is in use
              patch: {model: {states: [validation, archived], attested_at: null}}

        - rule: INV-05
          facts:
            version:
              state: deprecated
              state_since: 2026-01-01T00:00:00Z
              aliases: []
              consumers: []
              traffic: {daily_requests: 0, percent: 0}
          passes:
            - because: nothing was observed any more
              patch: {version: {traffic: null}}
            - because: what is archived may stay so
              patch: {version: {state: archived, state_since: 2020-01-01T00:00:00Z}}
          fails:
            - because: an alias points to it
              patch: {version: {aliases: [stable]}}
              at: [/passes/all/0/not]
            - because: somebody reads it
              patch: {version: {state: archived, consumers: [checkout]}}
              at: [/passes/all/1/not]
            - because: requests are observed
              patch: {version: {traffic: {daily_requests: 12.5}}}
              at: [/passes/all/2/not]
            - because: routers send it traffic
              patch: {version: {traffic: {percent: 5}}}
              at: [/passes/all/3/not]
            - because: it is deprecated for too long
              patch: {version: {state_since: 2025-11-01T00:00:00Z}}
              at: [/passes/all/4/any/0, /passes/all/4/any/1]
          not_applicable:
            - because: it is in production
              patch: {version: {state: production, aliases: [production]}}
        """#

    static let documents: String = #"""
        - rule: DOC-01
          facts:
            version:
              state: shadow
              documents: [{path: model_card.md, kind: model_card}, {path: notes.md, kind: other}]
              model_card_sections:
                [overview, intended_use, limitations, training_data, evaluation, ethical_considerations]
          fails:
            - because: there is no model card
              patch: {version: {documents: [{path: notes.md, kind: other}], model_card_sections: null}}
              at: [/passes/all/0, /passes/all/1]
            - because: a section is missing
              patch: {version: {model_card_sections: [intended_use, training_data, evaluation]}}
              at: [/passes/all/1]
          not_applicable:
            - because: it is in development
              patch: {version: {state: development, documents: []}}

        - rule: DOC-02
          facts:
            version:
              state: production
              risk: {ai_act_class: high, annex_iv_headings: [1, 2, 3, 4, 5, 6, 7, 8, 9]}
          fails:
            - because: nothing is documented
              patch: {version: {risk: {annex_iv_headings: null}}}
              at: [/passes]
            - because: the plan for monitoring after the sale is missing
              patch: {version: {risk: {annex_iv_headings: [1, 2, 3, 4, 5, 6, 7, 8]}}}
              at: [/passes]
          not_applicable:
            - because: the risk is limited
              patch: {version: {risk: {ai_act_class: limited, annex_iv_headings: []}}}
            - because: the class is unknown
              patch: {version: {risk: {ai_act_class: null, annex_iv_headings: []}}}
            - because: it is in validation
              patch: {version: {state: validation, risk: {annex_iv_headings: []}}}

        - rule: DOC-03
          facts:
            version:
              state: production
              documents:
                - {path: model_card.md, digest: "sha256:aa", approved_digest: "sha256:aa"}
                - {path: plan.pdf, digest: "sha256:bb", approved_digest: "sha256:bb"}
          passes:
            - because: there are no documents
              patch: {version: {documents: []}}
          fails:
            - because: a document changed
              patch:
                version:
                  documents:
                    - {path: model_card.md, digest: "sha256:aa", approved_digest: "sha256:aa"}
                    - {path: plan.pdf, digest: "sha256:cc", approved_digest: "sha256:bb"}
              at: [/passes/every/that]
            - because: a document came after the approval
              patch: {version: {documents: [{path: plan.pdf, digest: "sha256:cc"}]}}
              at: [/passes/every/that]
            - because: nobody looked
              patch: {version: {documents: null}}
              at: [/passes]
          not_applicable:
            - because: it is in staging
              patch: {version: {state: staging, documents: null}}

        - rule: DOC-04
          facts:
            version:
              state: deprecated
              production_change: {at: 2024-01-01T00:00:00Z}
              risk: {ai_act_class: high, retained_after_service_days: 3653}
          fails:
            - because: it would go a day early
              patch: {version: {risk: {retained_after_service_days: 3652}}}
              at: [/passes]
            - because: nobody said until when
              patch: {version: {risk: {retained_after_service_days: null}}}
              at: [/passes]
          not_applicable:
            - because: it was never in service
              patch: {version: {production_change: null, risk: {retained_after_service_days: null}}}
            - because: the risk is minimal
              patch: {version: {risk: {ai_act_class: minimal, retained_after_service_days: 1}}}
            - because: it is back in staging
              patch: {version: {state: staging, risk: {retained_after_service_days: 1}}}
        """#

    static let logging: String = #"""
        - rule: LOG-01
          facts:
            registry: {audit: {retention_days: 2557, retention_floor_days: 2557}}
          fails:
            - because: the strictest framework wants a day more
              patch: {registry: {audit: {retention_days: 2556}}}
              at: [/passes]
            - because: the floor is unknown
              patch: {registry: {audit: {retention_floor_days: null}}}
              at: [/passes]

        - rule: LOG-02
          facts:
            registry:
              audit:
                verified_at: 2026-05-31T00:00:00Z
                checkpoint_at: 2026-05-31T23:59:00Z
                anchored_at: 2026-05-26T00:00:00Z
          passes:
            - because: the log's clock runs a little ahead
              patch: {registry: {audit: {checkpoint_at: 2026-06-01T00:05:00Z}}}
          fails:
            - because: the last sound verification is older than a day
              patch: {registry: {audit: {verified_at: 2026-05-30T23:59:59.999Z}}}
              at: [/passes/all/0]
            - because: no checkpoint was signed today
              patch: {registry: {audit: {checkpoint_at: 2026-05-30T00:00:00Z}}}
              at: [/passes/all/1]
            - because: the checkpoint is of tomorrow
              patch: {registry: {audit: {checkpoint_at: 2026-06-01T00:05:00.001Z}}}
              at: [/passes/all/1]
            - because: nothing was ever anchored
              patch: {registry: {audit: {anchored_at: null}}}
              at: [/passes/all/2]

        - rule: LOG-03
          facts:
            registry: {audit: {reviewed_at: 2026-05-02T00:00:00Z}}
          fails:
            - because: the last review is two months old
              patch: {registry: {audit: {reviewed_at: 2026-04-01T00:00:00Z}}}
              at: [/passes]
            - because: nobody ever reviewed the log
              patch: {registry: {audit: null}}
              at: [/passes]

        - rule: HOLD-01
          facts:
            registry:
              legal_holds: [hold_1]
              scheduled_removals: [{id: fraud_v1.0.0}]
          passes:
            - because: whoever asked to be erased was told to wait for the hold
              patch: {registry: {scheduled_removals: [{id: era_1, legal_hold: hold_1, is_deferred: true}]}}
          fails:
            - because: a version under hold is going to be deleted
              patch:
                registry:
                  scheduled_removals: [{id: fraud_v1.0.0}, {id: credit_v2.0.0, legal_hold: hold_1, is_deferred: false}]
              at: [/passes/every/that/any/0/not, /passes/every/that/any/1]
            - because: nobody looked at what is scheduled
              patch: {registry: {scheduled_removals: null}}
              at: [/passes]
          not_applicable:
            - because: there is no hold
              patch: {registry: {legal_holds: []}}
        """#
}
