internal import StemmaJSON

/// The facts about one subject, gathered one by one: what `ComplianceFacts` describes.
struct ComplianceSheet: Sendable {
    private var root = JSONObject()

    var json: JSONValue { .object(root) }

    /// Sets the fact of a dotted name; nothing where the value is not known.
    mutating func set(_ name: String, _ value: JSONValue?) {
        guard let value else { return }
        ComplianceSheet.set(name.split(separator: ".")[...], value, in: &root)
    }

    mutating func set(_ name: String, _ text: String?) { set(name, text.map { JSONValue.string($0) }) }

    mutating func set(_ name: String, _ moment: Timestamp?) {
        set(name, moment.map { JSONValue.string($0.description) })
    }

    mutating func set(_ name: String, _ number: Int64?) { set(name, number.map { JSONValue.integer($0) }) }

    mutating func set(_ name: String, _ flag: Bool?) { set(name, flag.map { JSONValue.bool($0) }) }

    mutating func set(_ name: String, texts: [String]?) {
        set(name, texts.map { list in JSONValue.array(list.map { JSONValue.string($0) }) })
    }

    /// Takes over everything that another sheet has under a name at the top, e.g. `registry`.
    mutating func take(_ name: String, from other: ComplianceSheet) {
        if let part = other.root[name] { root.set(name, part) }
    }

    private static func set(_ steps: ArraySlice<Substring>, _ value: JSONValue, in object: inout JSONObject) {
        guard let first = steps.first.map(String.init) else { return }
        guard steps.count > 1 else {
            object.set(first, value)
            return
        }
        var inner: JSONObject = object[first]?.object ?? JSONObject()
        set(steps.dropFirst(), value, in: &inner)
        object.set(first, .object(inner))
    }
}

extension JSONObject {
    /// Sets a member where there is something to say.
    mutating func setKnown(_ name: String, _ text: String?) {
        if let text { set(name, .string(text)) }
    }

    mutating func setKnown(_ name: String, _ moment: Timestamp?) { setKnown(name, moment?.description) }
}

/// What people wrote into free metadata, read with some tolerance.
enum ComplianceText {
    /// True for `true` and the texts `true` and `yes`.
    static func flag(_ value: JSONValue?) -> Bool? {
        if let flag = value?.bool { return flag }
        switch value?.string?.lowercased() {
        case "true", "yes": return true
        case "false", "no": return false
        default: return nil
        }
    }

    /// A text, or a number or flag as one, within the limit of facts; nil where it says nothing.
    static func text(_ value: JSONValue?) -> String? {
        let text: String? =
            switch value {
            case .string(let text): text
            case .integer(let number): String(number)
            case .double(let number): String(number)
            case .bool(let flag): flag ? "true" : "false"
            default: nil
            }
        guard let text, !text.isBlank, text.utf8.count <= ComplianceLimits.factTextBytes else { return nil }
        return text
    }

    /// A text with commas, or a list of texts, as the texts.
    static func texts(_ value: JSONValue?) -> [String]? {
        if let list = value?.array { return list.compactMap { text($0) } }
        return text(value).map { text in
            text.split(separator: ",").map { part in part.split(separator: " ").joined(separator: " ") }
        }
    }

    static func time(_ value: JSONValue?) -> Timestamp? { value?.string.flatMap { Timestamp($0) } }
}
