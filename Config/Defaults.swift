/// The files that a new registry starts with, embedded in the binary.
package enum Defaults {
    /// `lifecycle.yaml`: states, transitions, guards, gates and environments.
    package static let lifecycleYAML: [UInt8] = PackageResources.lifecycle_yaml
}
