/// The files that a new registry starts with, embedded in the binary.
package enum Defaults {
    /// `lifecycle.yaml`: states, transitions, guards, gates and environments.
    package static let lifecycleYAML: [UInt8] = PackageResources.lifecycle_yaml

    /// Rule packs of compliance by framework: `compliance/*.yaml`, the one that others take rules from first.
    package static let complianceYAML: [(framework: String, text: [UInt8])] = [
        ("sox", PackageResources.sox_yaml), ("model-risk", PackageResources.model_risk_yaml),
        ("eu-ai-act", PackageResources.eu_ai_act_yaml), ("hipaa", PackageResources.hipaa_yaml),
        ("gdpr", PackageResources.gdpr_yaml), ("ccpa", PackageResources.ccpa_yaml),
    ]
}
