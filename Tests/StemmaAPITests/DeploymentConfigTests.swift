import Glibc
import StemmaHTTP
import StemmaJSON
import StemmaRegistry
import StemmaTesting
import Testing

@testable import StemmaAPI

@Suite struct DeploymentConfigTests {
    private static let formats: [String] = ["kubernetes", "kserve", "compose"]

    private func config(
        _ harness: APIHarness, _ model: String, _ ref: String, _ format: String, environment: String = "staging",
        more: String = ""
    ) async -> Reply {
        let version: String = "/v1/models/\(ResourcePath.segment(model))/versions/\(ref)"
        return await harness.ask(
            .get, "\(version)/deployment-config?environment=\(environment)&format=\(format)\(more)")
    }

    /// The configurations of one version in all formats, as the tools read them.
    private func parsed(
        _ harness: APIHarness, _ model: String, _ ref: String, more: String = "",
        formats: [String] = DeploymentConfigTests.formats
    ) async throws -> [String: [JSONValue]] {
        var manifests: [(format: String, text: String)] = []
        for format in formats {
            let reply: Reply = await config(harness, model, ref, format, more: more)
            try #require(reply.status == 200, "\(format): \(reply.text)")
            #expect(reply.headers["content-type"] == "application/yaml")
            #expect(!reply.text.contains("stm_") && !reply.text.contains(harness.admin))
            manifests.append((format, reply.text))
        }
        let documents: [[JSONValue]] = try await ManifestChecker.check(manifests)
        return Dictionary(uniqueKeysWithValues: zip(formats, documents))
    }

    private func container(_ documents: [JSONValue]?, _ list: String = "containers") -> JSONValue? {
        documents?.first?["spec"]?["template"]?["spec"]?[list]?.array?.first
    }

    private func digests(_ harness: APIHarness, _ model: String, _ version: String) async -> JSONValue {
        await harness.ask(.get, "/v1/models/\(ResourcePath.segment(model))/versions/\(version)").json
    }

    @Test func aReadyVersionGetsWhatItsToolAccepts() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("churn", "1.2.0", in: .staging)
            let all = try await parsed(harness, "churn", "^1.0")
            let version: JSONValue = await digests(harness, "churn", "1.2.0")

            let deployment: JSONValue = try #require(all["kubernetes"]?.first)
            #expect(deployment["metadata"]?["name"]?.string == "churn-staging")
            #expect(deployment["metadata"]?["namespace"] == nil)
            for annotations in [
                deployment["metadata"]?["annotations"], all["kubernetes"]?.last?["metadata"]?["annotations"],
                deployment["spec"]?["template"]?["metadata"]?["annotations"],
                all["kserve"]?.last?["metadata"]?["annotations"],
                all["compose"]?.first?["services"]?["model"]?["labels"],
                all["compose"]?.first?["services"]?["fetch-model"]?["labels"],
            ] {
                #expect(annotations?["stemma/model"]?.string == "churn")
                #expect(annotations?["stemma/version"]?.string == "1.2.0")
                #expect(annotations?["stemma/model-id"]?.string == "churn_v1.2.0")
                #expect(annotations?["stemma/environment"]?.string == "staging")
                #expect(annotations?["stemma/manifest-digest"] == version["manifest_digest"])
                #expect(annotations?["stemma/artifacts-digest"] == version["artifacts_digest"])
            }
            let labels: JSONValue? = deployment["metadata"]?["labels"]
            #expect(labels?["app.kubernetes.io/name"]?.string == "churn")
            #expect(labels?["app.kubernetes.io/version"]?.string == "1.2.0")
            let server: JSONValue? = container(all["kubernetes"])
            #expect(server?["image"]?.string == "ghcr.io/acme/serve:1.2")
            for part in ["requests", "limits"] {
                #expect(
                    server?["resources"]?[part] == [
                        "cpu": "1500m", "memory": "1500Mi", "ephemeral-storage": "2001Mi",
                    ])
            }
            #expect(server?["securityContext"]?["readOnlyRootFilesystem"]?.bool == true)
            #expect(
                server?["startupProbe"] != nil && server?["readinessProbe"] != nil && server?["livenessProbe"] != nil)
            let pod: JSONValue? = deployment["spec"]?["template"]?["spec"]
            #expect(pod?["securityContext"]?["runAsNonRoot"]?.bool == true)
            let secrets: [JSONValue] = pod?["volumes"]?.array?.compactMap { $0["secret"] } ?? []
            #expect(secrets.compactMap { $0["secretName"]?.string } == ["stemma-token"])
            let files: [String] = [
                APIHarness.digest([35]), "README.md", APIHarness.digest([1, 2, 3]), "model.bin",
            ]
            #expect(container(all["kubernetes"], "initContainers")?["args"]?.array?.compactMap(\.string) == files)

            let predictor: JSONValue? = all["kserve"]?.last?["spec"]?["predictor"]
            #expect(predictor?["model"]?["modelFormat"]?["name"]?.string == "sklearn")
            #expect(
                predictor?["model"]?["storageUri"]?.string
                    == "http://127.0.0.1:8080/v1/models/churn/versions/1.2.0/archive.tar")
            #expect(predictor?["model"]?["image"] == nil)

            let compose: JSONValue = try #require(all["compose"]?.first)
            #expect(compose["name"]?.string == "churn-staging")
            #expect(compose["services"]?["fetch-model"]?["command"]?.array?.compactMap(\.string) == files)
            #expect(
                compose["services"]?["model"]?["deploy"]?["resources"]?["limits"] == ["cpus": "1.5", "memory": "1500m"])
            #expect(compose["services"]?["model"]?["ports"]?.array?.first?["published"]?.string == "8080")
            #expect(compose["secrets"]?["stemma-token"]?["environment"]?.string == "STEMMA_TOKEN")
            #expect(compose["services"]?["model"]?["read_only"]?.bool == true)
        }
    }

    @Test func parametersReachTheirPlaces() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable(
                "churn", "1.2.0", in: .staging,
                more:
                    #","framework":"homemade","infrastructure_requirements":{"memory_mb":8000,"cpu_cores":4,"gpu_required":true}"#
            )
            let image: String = "registry.example:5000/team/serve@sha256:" + String(repeating: "ab", count: 32)
            let more: String =
                "&image=\(ResourcePath.segment(image))&replicas=3&namespace=ml-prod&port=9000"
                + "&registry_url=https://stemma.example/r/"
            let all = try await parsed(harness, "churn", "1.2.0", more: more)
            let deployment: JSONValue = try #require(all["kubernetes"]?.first)
            #expect(deployment["spec"]?["replicas"]?.integer == 3)
            for document in (all["kubernetes"] ?? []) + (all["kserve"] ?? []) {
                #expect(document["metadata"]?["namespace"]?.string == "ml-prod")
            }
            let server: JSONValue? = container(all["kubernetes"])
            #expect(server?["image"]?.string == image)
            #expect(server?["ports"]?.array?.first?["containerPort"]?.integer == 9_000)
            #expect(
                server?["resources"]?["limits"] == ["cpu": "4", "memory": "8000Mi", "nvidia.com/gpu": "1"])
            let fetch: JSONValue? = container(all["kubernetes"], "initContainers")
            #expect(fetch?["env"]?.array?.first?["value"]?.string == "https://stemma.example/r")
            let predictor: JSONValue? = all["kserve"]?.last?["spec"]?["predictor"]
            #expect(predictor?["minReplicas"]?.integer == 3)
            let custom: JSONValue? = predictor?["containers"]?.array?.first
            #expect(custom?["image"]?.string == image)
            #expect(
                custom?["env"]?.array?.first?["value"]?.string
                    == "https://stemma.example/r/v1/models/churn/versions/1.2.0/archive.tar")
            let model: JSONValue? = all["compose"]?.first?["services"]?["model"]
            #expect(model?["image"]?.string == image)
            #expect(model?["deploy"]?["replicas"]?.integer == 3)
            #expect(model?["ports"]?.array?.first?["published"] == nil)
            #expect(
                model?["deploy"]?["resources"]?["reservations"]?["devices"]?.array?.first?["driver"]?.string
                    == "nvidia")
        }
    }

    /// Without demands there are none in the manifest, and nothing breaks.
    @Test func resourcesMayBeMissing() async throws {
        try await APIHarness.with { harness in
            for (number, declared) in [
                "null", "{}", #"{"memory_mb":null,"cpu_cores":0,"gpu_required":null}"#, #"{"gpu_required":true}"#,
                #"{"memory_mb":0.25,"cpu_cores":0.001}"#,
            ].enumerated() {
                let version: String = "1.\(number).0"
                try await harness.deployable(
                    "m", version, in: .staging,
                    more: #","framework":"xgboost","use_case":"\#(number)","infrastructure_requirements":\#(declared)"#)
                // The environment `development` does not ask for declared resources.
                var manifests: [(format: String, text: String)] = []
                for format in Self.formats {
                    let reply: Reply = await config(
                        harness, "m", version, format, environment: "development", more: "&image=serve:1")
                    #expect(reply.status == 200, "\(reply.text)")
                    manifests.append((format, reply.text))
                }
                let documents: [[JSONValue]] = try await ManifestChecker.check(manifests)
                let wanted: JSONValue =
                    switch number {
                    case 3: ["nvidia.com/gpu": "1"]
                    case 4: ["cpu": "1m", "memory": "1Mi"]
                    default: .null
                    }
                #expect((container(documents[0])?["resources"]?["limits"] ?? .null) == wanted, "\(declared)")
            }
            try await harness.deployable(
                "m", "2.0.0", in: .staging,
                more: #","infrastructure_requirements":{"memory_mb":1e300,"cpu_cores":1}"#)
            let absurd: Reply = await config(harness, "m", "2.0.0", "kubernetes", more: "&image=serve:1")
            #expect(absurd.status == 422)
            #expect(absurd.pointers == ["/infrastructure_requirements/memory_mb"])
        }
    }

    @Test func anImageHasToBeKnown() async throws {
        try await APIHarness.with { harness in
            let resources: String = #","infrastructure_requirements":{"memory_mb":10,"cpu_cores":1}"#
            try await harness.deployable("m", "1.0.0", in: .staging, more: resources)
            try await harness.deployable("m", "1.1.0", in: .staging, more: resources + #","framework":"ONNX""#)
            try await harness.deployable(
                "m", "1.2.0", in: .staging,
                more: resources + #","reproducibility":{"environment_image":"no image: \"x\" # y"}"#)
            for (version, format, status) in [
                ("1.0.0", "kubernetes", 422), ("1.0.0", "compose", 422), ("1.0.0", "kserve", 422),
                // KServe brings a server for it.
                ("1.1.0", "kserve", 200), ("1.1.0", "kubernetes", 422), ("1.2.0", "kubernetes", 422),
            ] {
                let reply: Reply = await config(harness, "m", version, format)
                #expect(reply.status == status, "\(version) \(format): \(reply.text)")
                if status == 422 { #expect(reply.pointers == ["?image"], "\(version) \(format)") }
                #expect(await config(harness, "m", version, format, more: "&image=serve:1").status == 200)
            }
        }
    }

    @Test func whatMayNotRunGetsNoManifest() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .development)
            for format in Self.formats {
                let refused: Reply = await config(harness, "m", "1.0.0", format)
                #expect(refused.status == 409)
                #expect(refused.code == "not_ready")
                #expect(refused.json["checks"]?.array?.first?["name"]?.string == "state_allowed")
            }
            #expect(await config(harness, "m", "1.0.0", "compose", environment: "moon").code == "environment_not_found")
            #expect(await config(harness, "m", "2.0.0", "compose").code == "version_not_found")
            try await harness.put("m", "1.0.0", into: .staging)
            let path: String = "/v1/models/m/versions/1.0.0/deployment-config"
            for (query, pointers) in [
                ("", ["?environment", "?format"]), ("?environment=staging", ["?format"]),
                ("?environment=staging&format=helm", ["?format"]), ("?format=compose", ["?environment"]),
                ("?environment=staging&format=compose&image=%22", ["?image"]),
                ("?environment=staging&format=compose&image=a%0Ab", ["?image"]),
                ("?environment=staging&format=compose&replicas=0", ["?replicas"]),
                ("?environment=staging&format=compose&replicas=1001", ["?replicas"]),
                ("?environment=staging&format=compose&replicas=x", ["?replicas"]),
                ("?environment=staging&format=compose&namespace=A", ["?namespace"]),
                ("?environment=staging&format=compose&namespace=a%0Ab", ["?namespace"]),
                ("?environment=staging&format=compose&port=80", ["?port"]),
                ("?environment=staging&format=compose&registry_url=x", ["?registry_url"]),
                ("?environment=staging&format=compose&registry_url=http://x/%24(id)", ["?registry_url"]),
                ("?environment=staging&format=compose&color=red", ["?color"]),
            ] {
                let reply: Reply = await harness.ask(.get, path + query)
                #expect(reply.status == 422, "\(query): \(reply.text)")
                #expect(reply.pointers == pointers, "\(query)")
            }
            let secure: Reply = await harness.ask(
                .get, path + "?environment=staging&format=kserve", [("x-forwarded-proto", "https")])
            #expect(
                secure.text.contains(#"storageUri: "https://127.0.0.1:8080/v1/models/m/versions/1.0.0/archive.tar""#))
        }
    }

    static let breaches: [(format: String, from: String, to: String)] = [
        ("kubernetes", "replicas: 1", "replicas: \"1\""), ("kubernetes", "initContainers:", "initContainer:"),
        ("kubernetes", "name: \"m-staging\"", "name: \"M_staging\""), ("kubernetes", "\"1500Mi\"", "\"lots\""),
        ("kubernetes", "kind: \"Service\"", "kind: \"Servant\""), ("kubernetes", "name: \"scratch\"", "name: \"s\""),
        ("kserve", "storageUri:", "storageURL:"), ("kserve", "minReplicas: 1", "minReplicas: \"1\""),
        ("kserve", "resources:", "resource:"), ("compose", "depends_on:", "depend_on:"),
        ("compose", "cpus: ", "cpu: "), ("compose", "  - \"stemma-token\"", "  - \"other\""),
        ("compose", "services:", "service:"),
        ("compose", "restart: \"no\"", "read_only: true"), ("compose", "services:", "services: é"),
    ]

    /// The checker refuses what a tool would refuse.
    @Test func theCheckerTellsABrokenManifest() async throws {
        try await APIHarness.with { harness in
            try await harness.deployable("m", "1.0.0", in: .staging)
            var broken: [(format: String, text: String)] = []
            for breach in Self.breaches {
                let text: String = await config(harness, "m", "1.0.0", breach.format).text
                let other: String = text.replacing(breach.from, with: breach.to, maxReplacements: 1)
                try #require(other != text, "\(breach)")
                broken.append((breach.format, other))
            }
            for (breach, result) in zip(Self.breaches, try await ManifestChecker.run(broken)) {
                #expect(!result.errors.isEmpty, "\(breach)")
            }
        }
    }

    static let oddNames: [String] = [
        "Fraud Detection", "Straße \u{1F98A}", "欺诈检测", #"quote " and ' and ` and $HOME ${X} $(id) $$"#,
        "--- # !!python &a *a {b c} [d], | > %", String(repeating: "long-", count: 39) + "name",
        String(repeating: "é", count: 200), "-", "no", "1e3", "true", "null", "2024-01-15", "=", "<<",
    ]

    /// Names and paths hold anything; the manifest says exactly that, and nothing else.
    @Test func nothingThatAUserWroteBreaksOut() async throws {
        try await APIHarness.with { harness in
            let paths: [String] = [
                "a b/c'd", "$(STEMMA_TOKEN_FILE)", "${HOME}/x", "$HOME", "$$", "`id`", ";touch x", "-rf", "--help",
                "!x",
                "é/🦊", "{}: [a]", "# x", "& *", "%s%n", "\u{2028}", "a\u{A0}b",
            ]
            let files: [(path: String, bytes: [UInt8])] = paths.enumerated().map { ($1, [UInt8($0)]) }
            var manifests: [(format: String, text: String)] = []
            for name in Self.oddNames {
                try await harness.deployable(name, "1.0.0-rc.1+build.5", in: .staging, files: files)
                for format in Self.formats {
                    let reply: Reply = await config(harness, name, "1.0.0-rc.1+build.5", format)
                    try #require(reply.status == 200, "\(name): \(reply.text)")
                    manifests.append((format, reply.text))
                }
            }
            let parsed: [[JSONValue]] = try await ManifestChecker.check(manifests)
            let sorted: [String] = paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            var names: Set<String> = []
            for (number, name) in Self.oddNames.enumerated() {
                let documents: [[JSONValue]] = Array(parsed[(number * 3)..<(number * 3 + 3)])
                names.insert(documents[0].first?["metadata"]?["name"]?.string ?? "")
                let compose: JSONValue? = documents[2].first?["services"]
                for annotations in [
                    documents[0].first?["metadata"]?["annotations"], documents[1].last?["metadata"]?["annotations"],
                    compose?["model"]?["labels"],
                ] {
                    #expect(annotations?["stemma/model"]?.string.map { Array($0.utf8) } == Array(name.utf8))
                    #expect(annotations?["stemma/version"]?.string == "1.0.0-rc.1+build.5")
                }
                let kubernetes: [String] =
                    container(documents[0], "initContainers")?["args"]?.array?.compactMap(\.string) ?? []
                let fetched: [String] = compose?["fetch-model"]?["command"]?.array?.compactMap(\.string) ?? []
                for arguments in [kubernetes, fetched] {
                    let found: [String] = arguments.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
                    #expect(found.map { Array($0.utf8) } == sorted.map { Array($0.utf8) })
                }
                let identity: JSONValue? = container(documents[0])?["env"]?.array?.first {
                    $0["name"]?.string == "STEMMA_MODEL_ID"
                }
                #expect(identity?["value"]?.string == "\(name)_v1.0.0-rc.1+build.5")
                #expect(compose?["model"]?["environment"]?["STEMMA_MODEL_ID"]?.string == "\(name)_v1.0.0-rc.1+build.5")
            }
            #expect(names.count == Self.oddNames.count)
        }
    }

    /// The script that pods run brings exactly the files, whatever they are called, and stops at the first wrong byte.
    @Test func theFetchScriptBringsAndChecksTheFiles() async throws {
        try await APIHarness.with { harness in
            let files: [(path: String, bytes: [UInt8])] = [
                ("a b/c'd", [1]), ("$(touch pwned)", [2]), ("-x", [3]), ("`id`;x", [4]), ("é", [5]), ("plain", [6]),
            ]
            try await harness.deployable("m", "1.0.0", in: .staging, files: files)
            for format in ["kubernetes", "compose"] {
                let documents = try await parsed(harness, "m", "1.0.0", formats: [format])[format]
                let service: JSONValue? = documents?.first?["services"]?["fetch-model"]
                let command: JSONValue? = service?["entrypoint"] ?? container(documents, "initContainers")?["command"]
                let rest: JSONValue? = service?["command"] ?? container(documents, "initContainers")?["args"]
                let words: [String] = ((command?.array ?? []) + (rest?.array ?? [])).compactMap(\.string)
                let folder = try ScratchFolder("fetch")
                for (_, bytes) in files {
                    try FileAccess.write(bytes, to: folder.file(APIHarness.digest(bytes)))
                }
                try FileAccess.write(Array("stm_secret".utf8), to: folder.file("token"))
                try FileAccess.write(Array(Self.fakeCurl.utf8), to: folder.file("curl"))
                #expect(chmod(folder.file("curl"), 0o700) == 0)
                var environment: [String: String] = ChildProcess.plainEnvironment
                environment["PATH"] = folder.path + ":" + (environment["PATH"] ?? "")
                environment["STEMMA_URL"] = "http://registry"
                environment["STEMMA_TOKEN_FILE"] = folder.file("token")
                environment["STEMMA_MODEL_DIR"] = folder.file("models")
                let good = try await ChildProcess.run(
                    words[0], Array(words.dropFirst()), environment: environment, folder: folder.path)
                #expect(good.ending == .exited(0), "\(good.output)")
                for (path, bytes) in files { #expect(try FileAccess.read(folder.file("models/" + path)) == bytes) }
                #expect(FileAccess.mode(folder.file("pwned")) == nil)
                #expect(!good.output.contains("stm_secret"))
                try FileAccess.write([9], to: folder.file(APIHarness.digest([4])))
                let bad = try await ChildProcess.run(
                    words[0], Array(words.dropFirst()), environment: environment, folder: folder.path)
                #expect(bad.ending != .exited(0), "a wrong byte goes unnoticed")
            }
        }
    }

    /// Answers from a folder, and only to who sends the token as a field that is read from standard input.
    private static let fakeCurl: String = #"""
        #!/bin/sh
        set -eu
        for word in "$@"; do
          case $word in *stm_secret*) echo "the token is an argument" >&2; exit 9 ;; esac
        done
        [ "$(cat)" = "Authorization: Bearer stm_secret" ] || exit 22
        while [ "$#" -gt 1 ]; do
          [ "$1" = --output ] && output=$2
          shift
        done
        case $1 in http://registry/v1/blobs/sha256:*) ;; *) exit 3 ;; esac
        cat "$(dirname "$0")/${1##*/}" > "$output"
        """#

    @Test func filesThatFillAManifestAreLeftToAnArchive() async throws {
        try await APIHarness.with { harness in
            let digest: String = try await harness.putBlob([1])
            let listed: String = (0..<300).map { number in
                let path: String = String(repeating: "x", count: 1_000) + String(number)
                return #"{"path":"\#(path)","digest":"\#(digest)"}"#
            }.joined(separator: ",")
            let body: String = #"{"version":"1.0.0","artifacts":[\#(listed)]\#(APIHarness.complete)}"#
            #expect(await harness.send(.post, "/v1/models/m/versions?create_model=true", body).status == 201)
            try await harness.put("m", "1.0.0", into: .staging)
            for format in ["kubernetes", "compose"] {
                let refused: Reply = await config(harness, "m", "1.0.0", format)
                #expect(refused.status == 422)
                #expect(refused.pointers == ["?format"])
            }
            #expect(await config(harness, "m", "1.0.0", "kserve").status == 200)
        }
    }
}
