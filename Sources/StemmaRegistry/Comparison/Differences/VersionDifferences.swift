internal import StemmaDigest
internal import StemmaJSON

/// What sets two versions apart besides what they predict.
struct VersionDifferences: Sendable {
    /// A value that is not the same in both; nil where a version has none.
    struct Value: Sendable {
        /// Names from the top down, with dots between them, e.g. `training_data.row_count`.
        let path: String
        let a: JSONValue?
        let b: JSONValue?
    }

    /// A side of the comparison as stored.
    struct Side: Sendable {
        let record: VersionRecord
        let artifacts: [ArtifactRecord]
        let immutable: JSONObject
        let metrics: JSONObject

        init(_ record: VersionRecord, _ reader: any MetadataReader) throws {
            self.record = record
            artifacts = try reader.artifacts(version: record.id)
            immutable = try VersionDocument.immutable(of: record)
            metrics = try StoredJSON.object(record.metrics)
        }

        var modelID: String { "\(record.model)_v\(record.version)" }
    }

    let metadata: [Value]
    /// Whether there are more differences of metadata than are listed.
    let isTruncated: Bool
    let signature: [Compatibility.Change]
    let features: NamedDifferences
    let dependencies: NamedDifferences
    let python: (a: String?, b: String?)
    let artifacts: NamedDifferences

    init(_ a: Side, _ b: Side, limits: Limits) throws {
        let all: [Value] = try VersionDifferences.metadata(a, b)
        metadata = Array(all.prefix(limits.comparisonDifferences))
        isTruncated = all.count > limits.comparisonDifferences
        signature = Compatibility(from: a.immutable, to: b.immutable).changes.filter {
            $0.field.hasPrefix("signature.")
        }
        features = NamedDifferences(VersionDifferences.features(a), VersionDifferences.features(b))
        dependencies = NamedDifferences(VersionDifferences.packages(a), VersionDifferences.packages(b))
        let python: (Side) -> String? = { $0.immutable["dependencies"]?["python_version"]?.string }
        self.python = (python(a), python(b))
        artifacts = NamedDifferences(VersionDifferences.files(a), VersionDifferences.files(b))
    }

    private static func metadata(_ a: Side, _ b: Side) throws -> [Value] {
        var values: [Value] = []
        compare(.object(try described(a)), .object(try described(b)), "", &values)
        return values
    }

    /// What is compared member by member: everything but what has a part of its own in the answer.
    private static func described(_ side: Side) throws -> JSONObject {
        var object: JSONObject = side.immutable
        for name in ["signature", "dependencies"] { object.remove(name) }
        if var lineage = object["lineage"]?.object {
            lineage.remove("features")
            object.set("lineage", .object(lineage))
        }
        object.set("description", side.record.description.map { .string($0) } ?? .null)
        object.set("tags", .object(try StoredJSON.object(side.record.tags)))
        return object
    }

    private static func compare(_ a: JSONValue?, _ b: JSONValue?, _ path: String, _ values: inout [Value]) {
        let isAbsent: (JSONValue?) -> Bool = { $0?.isNull ?? true }
        if isAbsent(a), isAbsent(b) { return }
        guard let left = a?.object ?? (isAbsent(a) ? JSONObject() : nil),
            let right = b?.object ?? (isAbsent(b) ? JSONObject() : nil)
        else {
            if a != b { values.append(Value(path: path, a: a, b: b)) }
            return
        }
        var names: [String] = left.members.map(\.name)
        names += right.members.map(\.name).filter { left[$0] == nil }
        for name in names { compare(left[name], right[name], path.isEmpty ? name : path + "." + name, &values) }
    }

    private static func features(_ side: Side) -> [(name: String, value: String)] {
        (side.immutable["lineage"]?["features"]?.array ?? []).compactMap { $0.string.map { ($0, "") } }
    }

    /// `xgboost==1.7.0` is the package `xgboost` with `==1.7.0`.
    private static func packages(_ side: Side) -> [(name: String, value: String)] {
        (side.immutable["dependencies"]?["packages"]?.array ?? []).compactMap { item in
            item.string.map { text in
                let name: Substring = text.prefix { !"=<>!~ ;@[".contains($0) }
                let rest: Substring = text.dropFirst(name.count)
                return (normalised(String(name)), String(rest.drop { $0 == " " }))
            }
        }
    }

    /// Runs of `-`, `_` and `.` are one `-`, and case does not matter, as Python's package index compares names (PEP 503).
    private static func normalised(_ name: String) -> String {
        name.lowercased().split(omittingEmptySubsequences: true, whereSeparator: { "-_.".contains($0) })
            .joined(separator: "-")
    }

    private static func files(_ side: Side) -> [(name: String, value: String)] {
        side.artifacts.map { ($0.path, $0.digest.description) }
    }
}

/// Two lists of named values, held against one another.
struct NamedDifferences: Sendable {
    private(set) var added: [(name: String, value: String)] = []
    private(set) var removed: [(name: String, value: String)] = []
    private(set) var changed: [(name: String, a: String, b: String)] = []
    private(set) var unchanged: Int = 0

    /// In the order of the lists; of a name that comes twice the last counts.
    init(_ a: [(name: String, value: String)], _ b: [(name: String, value: String)]) {
        let before: [String: String] = Dictionary(a, uniquingKeysWith: { $1 })
        let after: [String: String] = Dictionary(b, uniquingKeysWith: { $1 })
        var seen: Set<String> = []
        for (name, _) in a where seen.insert(name).inserted {
            let old: String = before[name] ?? ""
            guard let new = after[name] else {
                removed.append((name, old))
                continue
            }
            if new == old { unchanged += 1 } else { changed.append((name, old, new)) }
        }
        for (name, _) in b where before[name] == nil && seen.insert(name).inserted {
            added.append((name, after[name] ?? ""))
        }
    }
}
