import Foundation
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct OpenAPITests {
    private static let golden: String =
        String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)) + "/Golden/openapi.json"

    /// Set `STEMMA_REFRESH_GOLDEN=1` to write what the daemon answers now.
    @Test func theDocumentIsTheGoldenOne() async throws {
        try await APIHarness.with { harness in
            let reply: Reply = await harness.ask(.get, "/openapi.json", token: .none)
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == "application/json")
            let pretty: String = OpenAPITests.indented(reply.json) + "\n"
            if ProcessInfo.processInfo.environment["STEMMA_REFRESH_GOLDEN"] == "1" {
                try Data(pretty.utf8).write(to: URL(filePath: OpenAPITests.golden))
            }
            let kept: [UInt8] = Array(try Data(contentsOf: URL(filePath: OpenAPITests.golden)))
            #expect(
                try JSONParser.parse(kept) == reply.json,
                "refresh with STEMMA_REFRESH_GOLDEN=1 after reading the difference")
            #expect(kept == Array(pretty.utf8))
        }
    }

    @Test func everyRouteIsDescribedAndNothingElse() async throws {
        try await APIHarness.with { harness in
            let document: JSONValue = await harness.ask(.get, "/openapi.json", token: .none).json
            var described: Set<String> = []
            var operations: [String] = []
            for path in document["paths"]?.object?.members ?? [] {
                for method in path.value.object?.members ?? [] {
                    described.insert(method.name.uppercased() + " " + path.name)
                    operations.append(method.value["operationId"]?.string ?? "")
                    try check(parametersOf: method.value, path: path.name)
                }
            }
            let routed: Set<String> = Set(
                harness.router.routes.map { "\($0.method.rawValue) " + $0.pattern.split(separator: "...").joined() })
            #expect(described == routed)
            #expect(Set(operations).count == operations.count)
            #expect(operations.allSatisfy { !$0.isEmpty })
        }
    }

    private func check(parametersOf operation: JSONValue, path: String) throws {
        let named: [String] = (operation["parameters"]?.array ?? []).filter { $0["in"]?.string == "path" }.compactMap {
            $0["name"]?.string
        }
        let wanted: [String] = path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            String($0.dropFirst().dropLast())
        }
        #expect(named == wanted, "\(path)")
    }

    @Test func everyReferenceLeadsSomewhere() async throws {
        try await APIHarness.with { harness in
            let document: JSONValue = await harness.ask(.get, "/openapi.json", token: .none).json
            var references: Set<String> = []
            OpenAPITests.collect(document, into: &references)
            #expect(references.count > 5)
            for reference in references {
                var place: JSONValue? = document
                for part in reference.dropFirst(2).split(separator: "/") { place = place?[String(part)] }
                #expect(place != nil && place?.isNull == false, "\(reference)")
            }
        }
    }

    @Test func everyCodeHasItsStatus() {
        for code in StemmaErrorCode.allCases {
            let row = Problem.row(code)
            #expect((400...599).contains(row.status), "\(code)")
            #expect(!row.title.isEmpty)
        }
    }

    private static func collect(_ value: JSONValue, into references: inout Set<String>) {
        switch value {
        case .object(let object):
            for member in object.members {
                if member.name == "$ref", let text = member.value.string { references.insert(text) }
                collect(member.value, into: &references)
            }
        case .array(let items): for item in items { collect(item, into: &references) }
        default: break
        }
    }

    /// Readable in a difference: one member a line.
    private static func indented(_ value: JSONValue, _ depth: Int = 0) -> String {
        let inner = String(repeating: "  ", count: depth + 1)
        let outer = String(repeating: "  ", count: depth)
        switch value {
        case .object(let object) where !object.isEmpty:
            let lines: [String] = object.members.map {
                "\(inner)\(text(.string($0.name))): \(indented($0.value, depth + 1))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        case .array(let items) where !items.isEmpty:
            return "[\n" + items.map { inner + indented($0, depth + 1) }.joined(separator: ",\n") + "\n\(outer)]"
        default: return text(value)
        }
    }

    private static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.value(value)
        return writer.finishedText()
    }
}
