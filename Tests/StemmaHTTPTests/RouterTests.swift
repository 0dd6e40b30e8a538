import StemmaHTTP
import Testing

/// A route that answers with its pattern and parameters.
func echo(_ method: HTTPMethod, _ pattern: String) -> Route {
    Route(method: method, pattern: pattern, access: "test") { request in
        let parameters = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = ([request.routePattern] + parameters).joined(separator: " ")
        return HTTPResponse(status: 200, body: .bytes(Array(text.utf8)))
    }
}

private func answer(_ router: Router, _ method: HTTPMethod, _ target: String) async throws -> String {
    let response = try await router.respond(method, target)
    guard case .bytes(let bytes) = response.body else { return "\(response.status)" }
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct RouterTests {
    private func router() throws -> Router {
        try Router(routes: [
            echo(.get, "/"), echo(.get, "/v1/models"), echo(.post, "/v1/models"), echo(.get, "/v1/models/{name}"),
            echo(.get, "/v1/models/{name}/versions/{ref}"),
            echo(.put, "/v1/models/{name}/versions/{ref}/artifacts/{path...}"),
            echo(.get, "/v1/models/{name}/versions/{ref}/artifacts"), echo(.get, "/v1/models/special"),
            echo(.get, "/v1/models/special/only"), echo(.get, "/v1/{kind}/{id}/last"),
        ])
    }

    @Test(arguments: [
        ("/", "/"),
        ("/v1/models", "/v1/models"),
        ("/v1/models?x=/y", "/v1/models"),
        ("/v1/models/fraud", "/v1/models/{name} name=fraud"),
        ("/v1/models/special", "/v1/models/special"),
        ("/v1/models/special/only", "/v1/models/special/only"),
        ("/v1/models/special/versions/2", "/v1/models/{name}/versions/{ref} name=special ref=2"),
        ("/v1/models/special/last", "/v1/{kind}/{id}/last id=special kind=models"),
        ("/v1/models/a%20b", "/v1/models/{name} name=a b"),
        ("/v1/models/a%2Fb", "/v1/models/{name} name=a/b"),
        ("/v1/%6dodels/x", "/v1/models/{name} name=x"),
        ("/v1/models/%2561", "/v1/models/{name} name=%61"),
        ("/v1/models/m/versions/@production", "/v1/models/{name}/versions/{ref} name=m ref=@production"),
        ("/v1/models/%C3%A9", "/v1/models/{name} name=\u{e9}"),
        ("/v1/models/+", "/v1/models/{name} name=+"),
    ]) func finds(_ target: String, _ expected: String) async throws {
        #expect(try await answer(router(), .get, target) == expected)
    }

    @Test(
        arguments: [
            ("a", "a"), ("a/b/c.bin", "a/b/c.bin"), ("a%2Fb/c", "a/b/c"), ("artifacts/x", "artifacts/x"),
            ("a%00b", nil),
        ] as [(String, String?)]) func tailTakesTheRest(_ tail: String, _ expected: String?) async throws
    {
        let router = try router()
        let target = "/v1/models/m/versions/1/artifacts/\(tail)"
        guard let expected else {
            await #expect(throws: HTTPError.self) { try await router.respond(.put, target) }
            return
        }
        let pattern = "/v1/models/{name}/versions/{ref}/artifacts/{path...}"
        #expect(try await answer(router, .put, target) == "\(pattern) name=m path=\(expected) ref=1")
    }

    @Test(arguments: [
        "/v1", "/v1/", "/v1/models/", "//v1/models", "/v1//models", "/v1/models//versions/1", "/nothing", "/V1/models",
        "/v1/models/m/versions/1/artifacts/", "/v1/models/m/versions/1/artifacts//a",
        "/v1/models/m/versions/1/artifacts/a//b", "/v1/models/m/versions/1/artifacts/a/", "/v1/models%2Fm",
    ]) func answersNotFound(_ path: String) async throws {
        let router = try router()
        await #expect(throws: HTTPError(status: 404, code: "not_found", detail: "there is nothing at this path")) {
            try await router.respond(.put, path)
        }
    }

    @Test(arguments: [
        "/v1/models/%", "/v1/models/%4", "/v1/models/%zz", "/v1/models/%+1", "/v1/models/a%00", "/v1/models/%ff",
        "/v1/models/%c0%af", "/v1/models/%ed%a0%80", "/v1/models/%2e%2e", "/v1/%2E/models", "/v1/models/.%2e",
        "/v1/models/a%2f..%2fb", "/v1/models/%f8%88%80%80%80",
    ]) func refusesEncodings(_ path: String) async throws {
        let router = try router()
        let error = await #expect(throws: HTTPError.self) { try await router.respond(.get, path) }
        #expect(error?.status == 400 && error?.code == "invalid_name")
    }

    @Test func headFallsToGetAndOthersAreRefused() async throws {
        let router = try router()
        #expect(try await answer(router, .head, "/v1/models/x") == "/v1/models/{name} name=x")
        await #expect(throws: MethodNotAllowed(allow: "GET, HEAD, POST, OPTIONS")) {
            try await router.respond(.delete, "/v1/models")
        }
        let options = try await router.respond(.options, "/v1/models")
        #expect(options.status == 204 && options.headers["allow"] == "GET, HEAD, POST, OPTIONS")
    }

    @Test func fallbackDecides() async throws {
        let router = try Router(routes: [echo(.get, "/a/{x}"), echo(.put, "/a/{x}")]) { request, miss in
            let text = "\(miss.kind) \(miss.pattern ?? "-") \(miss.allow) \(miss.routes.count) \(request.path)"
            return HTTPResponse(status: 200, body: .bytes(Array(text.utf8)))
        }
        #expect(try await answer(router, .get, "/b") == "notFound -  0 /b")
        #expect(try await answer(router, .post, "/a/1") == "methodNotAllowed /a/{x} GET, HEAD, PUT, OPTIONS 2 /a/1")
        #expect(try await answer(router, .options, "/a/1") == "options /a/{x} GET, HEAD, PUT, OPTIONS 2 /a/1")
    }

    @Test(arguments: [
        ([echo(.get, "/a/{x}"), echo(.get, "/a/{x}")], RouterError.duplicate(method: .get, pattern: "/a/{x}")),
        ([echo(.get, "/a/{x}"), echo(.put, "/a/{y}/b")], .variableNames("/a/{x}", "/a/{y}/b")),
        ([echo(.get, "/a/{x}"), echo(.put, "/a/{y...}")], .variableNames("/a/{x}", "/a/{y...}")),
        (
            [Route(method: .get, pattern: "/a", access: nil) { _ in HTTPResponse(status: 200) }],
            .missingAccess(method: .get, pattern: "/a")
        ),
        ([echo(.get, "a")], .malformedPattern("a")),
        ([echo(.get, "")], .malformedPattern("")),
        ([echo(.get, "/a/")], .malformedPattern("/a/")),
        ([echo(.get, "/a//b")], .malformedPattern("/a//b")),
        ([echo(.get, "/a/{}")], .malformedPattern("/a/{}")),
        ([echo(.get, "/a/{x}b")], .malformedPattern("/a/{x}b")),
        ([echo(.get, "/a/{x...}/b")], .malformedPattern("/a/{x...}/b")),
        ([echo(.get, "/{x}/{x}")], .malformedPattern("/{x}/{x}")),
        ([echo(.get, "/a b")], .malformedPattern("/a b")),
    ]) func refusesAtStart(_ routes: [Route], _ error: RouterError) {
        #expect(throws: error) { try Router(routes: routes) }
    }
}
