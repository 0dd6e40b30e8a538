internal import StemmaHTTP
internal import StemmaJSON
internal import StemmaRegistry

/// The OpenAPI 3.1 document of a set of endpoints.
enum OpenAPIDocument {
    static let apiVersion: String = "1.0.0"

    /// JSON text, the same for the same declarations.
    static func render(_ endpoints: [Endpoint]) -> [UInt8] {
        var schemas = OpenAPISchemas()
        var paths = JSONObject()
        for endpoint in endpoints {
            let path: String = endpoint.pattern.split(separator: "...").joined()
            var item: JSONObject = paths[path]?.object ?? JSONObject()
            item.set(endpoint.method.rawValue.lowercased(), operation(endpoint, &schemas))
            paths.set(path, .object(item))
        }
        let document: JSONValue = .object([
            "openapi": "3.1.0",
            "info": [
                "title": "Stemma", "version": .string(apiVersion),
                "description": "A model registry that can prove its own history.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]], "security": [["bearer": []]], "paths": .object(paths),
            "components": .object([
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": "A token of the form stm_..."]
                ],
                "responses": ["Problem": problemResponse], "schemas": .object(schemas.components),
            ]),
        ])
        var writer = JSONWriter(capacity: 131_072)
        writer.value(document)
        return writer.finish()
    }

    private static func operation(_ endpoint: Endpoint, _ schemas: inout OpenAPISchemas) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(endpoint.operation), "summary": .string(endpoint.summary),
            "description": .string(description(endpoint)),
        ]
        if endpoint.access == .open { operation.set("security", .array([])) }
        let parameters: [JSONValue] =
            pathParameters(endpoint) + queryParameters(endpoint, &schemas) + headerParameters(endpoint)
        if !parameters.isEmpty { operation.set("parameters", .array(parameters)) }
        if let body = requestBody(endpoint.request, &schemas) { operation.set("requestBody", body) }
        var responses = JSONObject()
        for answer in endpoint.answers { responses.set(String(answer.status), response(answer, &schemas)) }
        responses.set("default", ["$ref": "#/components/responses/Problem"])
        operation.set("responses", .object(responses))
        return .object(operation)
    }

    private static func description(_ endpoint: Endpoint) -> String {
        var sentences: [String] = []
        switch endpoint.access {
        case .open: sentences.append("Needs no token.")
        case .anyToken: sentences.append("Needs any valid token.")
        case .permission(let permission): sentences.append("Needs the permission `\(permission.rawValue)`.")
        }
        if !endpoint.refusals.isEmpty {
            let codes: String = endpoint.refusals.map { "`\($0.rawValue)` (\(Problem.row($0).status))" }.joined(
                separator: ", ")
            sentences.append("May refuse with \(codes).")
        }
        return sentences.joined(separator: " ")
    }

    private static func pathParameters(_ endpoint: Endpoint) -> [JSONValue] {
        endpoint.pattern.split(separator: "/").compactMap { segment in
            guard segment.hasPrefix("{") else { return nil }
            let name: String = segment.dropFirst().dropLast().split(separator: "...").joined()
            return ["name": .string(name), "in": "path", "required": true, "schema": ["type": "string"]]
        }
    }

    private static func queryParameters(_ endpoint: Endpoint, _ schemas: inout OpenAPISchemas) -> [JSONValue] {
        endpoint.query.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
                "schema": schemas.schema(parameter.shape),
            ]
        }
    }

    private static func headerParameters(_ endpoint: Endpoint) -> [JSONValue] {
        func field(_ name: String, _ summary: String) -> JSONValue {
            ["name": .string(name), "in": "header", "description": .string(summary), "schema": ["type": "string"]]
        }
        var fields: [JSONValue] = []
        if endpoint.method == .post { fields.append(field("Idempotency-Key", "Replays the first answer to a repeat")) }
        if [.put, .patch, .delete].contains(endpoint.method) {
            fields.append(field("If-Match", "Only while the ETag is this"))
        }
        if endpoint.refusals.contains(.rangeNotSatisfiable) {
            fields += [field("Range", "One range of bytes"), field("If-Range", "Only while the ETag is this")]
        }
        if ConsumerField.operations.contains(endpoint.operation) {
            fields.append(field(ConsumerField.name, "Who reads: registers it as a consumer of the version for a while"))
        }
        if endpoint.operation == "AppendUpload" {
            fields += [
                field("Upload-Offset", "Where the bytes start"), field("Upload-Complete", "`?1` with the last bytes"),
            ]
        }
        if ["AppendUpload", "CreateUpload"].contains(endpoint.operation) {
            fields.append(field("Upload-Length", "Length of the whole in bytes"))
        }
        return fields
    }

    private static func requestBody(_ request: RequestDescription, _ schemas: inout OpenAPISchemas) -> JSONValue? {
        switch request {
        case .none: nil
        case .json(let shape):
            ["required": true, "content": ["application/json": ["schema": schemas.schema(shape)]]]
        case .optionalJSON(let shape):
            ["required": false, "content": ["application/json": ["schema": schemas.schema(shape)]]]
        case .mergePatch(let shape):
            [
                "required": true,
                "content": [
                    "application/merge-patch+json": ["schema": schemas.schema(shape)],
                    "application/json": ["schema": schemas.schema(shape)],
                ],
            ]
        case .registration(let shape):
            [
                "required": true,
                "content": [
                    "application/json": ["schema": schemas.schema(shape)],
                    "multipart/form-data": [
                        "schema": [
                            "type": "object", "properties": ["metadata": schemas.schema(shape)],
                            "additionalProperties": ["type": "string", "contentMediaType": "application/octet-stream"],
                            "required": ["metadata"],
                        ]
                    ],
                ],
            ]
        case .bytes(let mediaType, let summary):
            ["description": .string(summary), "content": .object([mediaType: ["schema": .object(JSONObject())]])]
        case .stream(let mediaTypes, let summary):
            [
                "required": true, "description": .string(summary),
                "content": .object(
                    JSONObject(
                        mediaTypes.map { JSONObject.Member(name: $0, value: ["schema": .object(JSONObject())]) })),
            ]
        }
    }

    private static func response(_ answer: AnswerDescription, _ schemas: inout OpenAPISchemas) -> JSONValue {
        var response: JSONObject = ["description": .string(answer.summary)]
        switch answer.content {
        case .empty: break
        case .json(let shape):
            response.set("content", ["application/json": ["schema": schemas.schema(shape)]])
        case .list(let shape):
            let page: JSONValue = [
                "type": "object", "required": ["items", "next_cursor"],
                "properties": [
                    "items": ["type": "array", "items": schemas.schema(shape)],
                    "next_cursor": ["type": ["string", "null"]],
                ],
            ]
            response.set("content", ["application/json": ["schema": page]])
        case .other(let types):
            var content = JSONObject()
            for type in types { content.set(type, ["schema": .object(JSONObject())]) }
            response.set("content", .object(content))
        }
        return .object(response)
    }

    private static let problemResponse: JSONValue = [
        "description": "Refused; RFC 9457",
        "content": [
            "application/problem+json": [
                "schema": [
                    "type": "object", "required": ["type", "title", "status", "detail", "instance", "code"],
                    "properties": [
                        "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
                        "detail": ["type": "string"], "instance": ["type": "string", "description": "The request id"],
                        "code": [
                            "type": "string", "description": "Stable and symbolic",
                            "examples": .array(StemmaErrorCode.allCases.map { .string($0.rawValue) }),
                        ],
                        "errors": [
                            "type": "array",
                            "items": [
                                "type": "object",
                                "properties": ["pointer": ["type": "string"], "detail": ["type": "string"]],
                            ],
                        ],
                    ],
                ]
            ]
        ],
    ]
}
