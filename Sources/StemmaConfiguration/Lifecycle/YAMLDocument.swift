package import StemmaJSON
internal import Yams

/// YAML as the JSON that it means.
package enum YAMLDocument {
    /// One document; anchors and aliases are followed. Throws what the parser throws, and `FileFault` for an empty
    /// document or a key that is no text.
    package static func json(_ text: String) throws -> JSONValue {
        guard let root: Node = try Parser(yaml: text, encoding: .utf8).singleRoot() else {
            throw FileFault(place: nil, "is empty")
        }
        return try value(root)
    }

    private static func value(_ node: Node) throws -> JSONValue {
        switch node {
        case .mapping(let mapping):
            var members: [JSONObject.Member] = []
            for (key, child) in mapping {
                guard let name = key.scalar?.string else { throw FileFault(place: nil, "has a key that is no text") }
                members.append(JSONObject.Member(name: name, value: try value(child)))
            }
            return .object(JSONObject(members))
        case .sequence(let sequence):
            return .array(try sequence.map { try value($0) })
        case .scalar(let scalar):
            switch node.tag.rawValue {
            case Tag.Name.int.rawValue: return node.int.map { .integer(Int64($0)) } ?? .string(scalar.string)
            case Tag.Name.float.rawValue: return node.float.map { .double($0) } ?? .string(scalar.string)
            case Tag.Name.bool.rawValue: return node.bool.map { .bool($0) } ?? .string(scalar.string)
            case Tag.Name.null.rawValue: return .null
            default: return .string(scalar.string)
            }
        case .alias:
            throw FileFault(place: nil, "has an alias without its anchor")
        }
    }
}
