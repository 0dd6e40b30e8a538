internal import StemmaJSON

/// Shapes as JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1), with named ones collected as components.
struct OpenAPISchemas {
    private(set) var components = JSONObject()

    mutating func schema(_ shape: Shape) -> JSONValue {
        switch shape {
        case .any: return .object(JSONObject())
        case .boolean: return ["type": "boolean"]
        case .choice(let names): return ["type": "string", "enum": .array(names.map { .string($0) })]
        case .integer(let range):
            var schema: JSONObject = ["type": "integer"]
            if range.lowerBound > Int64.min { schema.set("minimum", .integer(range.lowerBound)) }
            if range.upperBound < Int64.max { schema.set("maximum", .integer(range.upperBound)) }
            return .object(schema)
        case .number(let minimum):
            var schema: JSONObject = ["type": "number"]
            if let minimum { schema.set("minimum", .double(minimum)) }
            return .object(schema)
        case .string(let rule): return string(rule)
        case .array(let element, let count):
            return [
                "type": "array", "items": schema(element), "minItems": .integer(Int64(count.lowerBound)),
                "maxItems": .integer(Int64(count.upperBound)),
            ]
        case .map(let element, let maxCount, _):
            return [
                "type": "object", "additionalProperties": schema(element), "maxProperties": .integer(Int64(maxCount)),
            ]
        case .nullable(let inner): return ["anyOf": [schema(inner), ["type": "null"]]]
        case .object(let fields): return object(fields)
        case .named(let name, let inner):
            if components[name] == nil {
                components.set(name, .null)
                components.set(name, schema(inner))
            }
            return ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    private func string(_ rule: Shape.StringRule) -> JSONValue {
        // JSON Schema counts characters; a character has at least one byte.
        var schema: JSONObject = ["type": "string", "maxLength": .integer(Int64(rule.bytes.upperBound))]
        if rule.bytes.lowerBound > 0 { schema.set("minLength", 1) }
        if let format = rule.format { schema.set("format", .string(format)) }
        if let example = rule.example { schema.set("examples", .array([.string(example)])) }
        return .object(schema)
    }

    private mutating func object(_ fields: [Shape.Field]) -> JSONValue {
        var properties = JSONObject()
        for field in fields {
            var property: JSONObject = schema(field.shape).object ?? JSONObject()
            if !field.summary.isEmpty { property.set("description", .string(field.summary)) }
            if field.isReadOnly { property.set("readOnly", true) }
            properties.set(field.name, .object(property))
        }
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        let required: [JSONValue] = fields.filter(\.isRequired).map { .string($0.name) }
        if !required.isEmpty { schema.set("required", .array(required)) }
        return .object(schema)
    }
}
