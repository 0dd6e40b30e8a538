import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct CursorTests {
    private let codec = Cursor(key: [UInt8](repeating: 7, count: 32), identity: "models\u{0}filter")

    private static let values: [[SortValue]] = [
        [], [.null], [.text("")], [.text("a\u{0}b\u{1F602}")], [.integer(.min), .integer(.max)],
        [.number(0.1), .number(-0.0), .number(.leastNonzeroMagnitude), .number(.greatestFiniteMagnitude)],
        [.bytes([]), .bytes([0, 255])],
        [.text("[\"i\",\"5\"]"), .integer(5), .null],
    ]

    @Test(arguments: CursorTests.values)
    func comesBack(values: [SortValue]) throws {
        let back: [SortValue] = try codec.decode(codec.encode(values))
        #expect(back == values)
        for (left, right) in zip(back, values) {
            if case .number(let a) = left, case .number(let b) = right { #expect(a.bitPattern == b.bitPattern) }
        }
    }

    @Test func everyChangedByteIsRefused() async throws {
        let text: String = codec.encode([.text("fraud"), .integer(42)])
        let bytes: [UInt8] = try #require(Base64.decode(text, as: .urlSafe))
        for position in bytes.indices {
            var forged: [UInt8] = bytes
            forged[position] ^= 1
            await expectRefusal(.invalidCursor) { _ = try codec.decode(Base64.encode(forged, as: .urlSafe)) }
        }
        for count in 0..<bytes.count {
            await expectRefusal(.invalidCursor) {
                _ = try codec.decode(Base64.encode(Array(bytes.prefix(count)), as: .urlSafe))
            }
        }
    }

    @Test(arguments: ["", "x", "%%%", "AAAA", "W10", String(repeating: "A", count: 20_000), "é"])
    func refusesNonsense(text: String) async {
        await expectRefusal(.invalidCursor) { _ = try codec.decode(text) }
    }

    @Test func anotherListOrKeyRefuses() async {
        let text: String = codec.encode([.integer(1)])
        for other in [
            Cursor(key: [UInt8](repeating: 7, count: 32), identity: "models\u{0}other"),
            Cursor(key: [UInt8](repeating: 8, count: 32), identity: "models\u{0}filter"),
        ] {
            await expectRefusal(.invalidCursor) { _ = try other.decode(text) }
        }
    }

    @Test func aCursorOpensOnlyItsOwnListFilterAndOrder() async throws {
        try await RegistryFixture.with { fixture in
            let models = ModelService(core: fixture.core)
            let admin: Principal = fixture.registry.admin
            for name in ["a", "b", "c"] {
                try await fixture.register(name, #"{"version":"1.0.0"}"#)
                try await fixture.register(name, #"{"version":"1.0.1","use_case":"x"}"#)
            }
            let page: ListAnswer = try await models.listModels(ListRequest(limit: 1), admin)
            let cursor: String = try #require(page.nextCursor)
            #expect(try await models.listModels(ListRequest(limit: 2, cursor: cursor), admin).items.count == 2)
            for request in [
                ListRequest(cursor: cursor, orderBy: "name desc"), ListRequest(cursor: cursor, filter: "name != 'z'"),
            ] {
                await expectRefusal(.invalidCursor) { _ = try await models.listModels(request, admin) }
            }
            let versions: ListAnswer = try await fixture.versions.listVersions(model: "a", ListRequest(limit: 1), admin)
            let carried: String = try #require(versions.nextCursor)
            await expectRefusal(.invalidCursor) {
                _ = try await fixture.versions.listVersions(model: "b", ListRequest(cursor: carried), admin)
            }
            await expectRefusal(.invalidCursor) {
                _ = try await fixture.versions.listAllVersions(ListRequest(cursor: carried), admin)
            }
        }
    }
}
