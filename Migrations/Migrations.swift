/// The schema's history, in order. A migration, once released, never changes: append a new one.
package enum Migrations {
    /// Name and SQL text of every migration, oldest first.
    package static let all: [(name: String, sql: [UInt8])] = [
        ("m0001_registry", PackageResources.m0001_registry_sql),
        ("m0002_lifecycle", PackageResources.m0002_lifecycle_sql),
    ]
}
