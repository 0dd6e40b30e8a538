internal import StemmaDefaults
package import StemmaJSON

/// The lifecycle that a new registry starts with.
package enum DefaultLifecycle {
    /// `Config/lifecycle.yaml` as JSON. Throws `FileFault` where it is not YAML.
    package static func json() throws -> JSONValue {
        try YAMLDocument.json(String(decoding: Defaults.lifecycleYAML, as: UTF8.self))
    }
}
