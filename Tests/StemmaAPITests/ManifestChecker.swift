import StemmaJSON
import StemmaTesting
import Testing

/// Manifests as the tools they are for read them: parsed by a YAML parser of the world's, held against the published
/// schemas of Kubernetes and Compose and their rules for names, with `$` expanded as the tool would.
enum ManifestChecker {
    /// The documents of each manifest. Records an issue for everything that a tool would refuse.
    static func check(_ manifests: [(format: String, text: String)]) async throws -> [[JSONValue]] {
        let results = try await run(manifests)
        for (manifest, result) in zip(manifests, results) {
            #expect(result.errors.isEmpty, "\(result.errors)\n\(manifest.text)")
        }
        return results.map(\.documents)
    }

    /// What a tool would read of each manifest, and why it would refuse it.
    static func run(
        _ manifests: [(format: String, text: String)]
    ) async throws -> [(documents: [JSONValue], errors: [String])] {
        let folder = try ScratchFolder("manifests")
        let names: [String] = manifests.enumerated().map { "\($0.offset).\($0.element.format).yaml" }
        for (name, manifest) in zip(names, manifests) {
            try FileAccess.write(Array(manifest.text.utf8), to: folder.file(name))
        }
        let run = try await ChildProcess.run(
            python, ["-c", script] + names, folder: folder.path, within: .seconds(180))
        let last: Substring = run.output.split(separator: "\n").last ?? ""
        try #require(run.ending == .exited(0), "\(run.output)")
        let results: [JSONValue] = try #require(try JSONParser.parse(Array(last.utf8)).array)
        try #require(results.count == manifests.count)
        return results.map { result in
            (result["documents"]?.array ?? [], result["errors"]?.array?.compactMap(\.string) ?? [])
        }
    }

    /// What `.ci/setup test` installs.
    private static let python: String = {
        let here = #filePath.split(separator: "/")
        return "/" + here.dropLast(3).joined(separator: "/") + "/.build-venv/bin/python"
    }()

    private static let script: String = #"""
        import json, re, subprocess, sys
        import kubernetes_validate, yaml

        VERSION = kubernetes_validate.latest_version()
        DNS_1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
        LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
        QUALIFIED = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
        QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?")

        class Strict(yaml.SafeLoader):
            pass

        def unique(loader, node, deep=False):
            names = [loader.construct_object(key, deep=True) for key, _ in node.value]
            assert len(names) == len(set(names)), f"a name comes twice: {names}"
            return yaml.SafeLoader.construct_mapping(loader, node, deep)

        Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda l, n: unique(l, n, True))

        def expanded(text):
            """$(NAME) as Kubernetes replaces it; every variable is held to be set."""
            return re.sub(r"\$(\$|\([^)]*\))", lambda m: "$" if m[1] == "$" else "<EXPANDED>", text)

        def interpolated(value):
            """$NAME and ${NAME} as Compose replaces them in every value."""
            if isinstance(value, str):
                return re.sub(r"\$(\$|\{[^}]*\}|\w+)", lambda m: "$" if m[1] == "$" else "<EXPANDED>", value)
            if isinstance(value, list):
                return [interpolated(element) for element in value]
            if isinstance(value, dict):
                return {name: interpolated(element) for name, element in value.items()}
            return value

        def check_metadata(metadata):
            assert DNS_1035.fullmatch(metadata["name"]), metadata["name"]
            for name, value in metadata.get("labels", {}).items():
                assert QUALIFIED.fullmatch(name) and LABEL.fullmatch(value), (name, value)
            for name, value in metadata.get("annotations", {}).items():
                assert QUALIFIED.fullmatch(name) and isinstance(value, str), (name, value)

        def check_container(container):
            for part in ("requests", "limits"):
                for value in container.get("resources", {}).get(part, {}).values():
                    assert isinstance(value, str) and QUANTITY.fullmatch(value), value
            for part in ("command", "args"):
                if part in container:
                    container[part] = [expanded(text) for text in container[part]]
            for variable in container.get("env", []):
                if "value" in variable:
                    variable["value"] = expanded(variable["value"])

        def validate(document):
            kubernetes_validate.validate(document, VERSION, strict=True)

        def check_kubernetes(documents):
            assert [document["kind"] for document in documents] == ["Deployment", "Service"]
            deployment, service = documents
            for document in documents:
                validate(document)
                check_metadata(document["metadata"])
            template = deployment["spec"]["template"]
            check_metadata({"name": "x", **template["metadata"]})
            labels = template["metadata"]["labels"].items()
            assert deployment["spec"]["selector"]["matchLabels"].items() <= labels
            assert service["spec"]["selector"].items() <= labels
            pod = template["spec"]
            volumes = {volume["name"] for volume in pod["volumes"]}
            for container in pod["initContainers"] + pod["containers"]:
                assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
                check_container(container)
            ports = {port["name"] for container in pod["containers"] for port in container["ports"]}
            assert service["spec"]["ports"][0]["targetPort"] in ports

        def check_kserve(documents):
            assert [document["kind"] for document in documents] == ["ServiceAccount", "InferenceService"]
            account, service = documents
            validate(account)
            assert set(service) == {"apiVersion", "kind", "metadata", "spec"}, set(service)
            assert service["apiVersion"] == "serving.kserve.io/v1beta1"
            check_metadata(service["metadata"])
            assert len(service["metadata"]["name"]) <= 36
            assert set(service["spec"]) == {"predictor"}
            predictor = service["spec"]["predictor"]
            assert type(predictor["minReplicas"]) is int and predictor["minReplicas"] >= 1
            assert predictor["serviceAccountName"] == account["metadata"]["name"]
            assert ("model" in predictor) != ("containers" in predictor)
            assert set(predictor) <= {"minReplicas", "serviceAccountName", "model", "containers"}, set(predictor)
            # A model is a container with two members more; KServe names it, and fills in its image.
            if "model" in predictor:
                model = dict(predictor["model"])
                assert set(model.pop("modelFormat")) == {"name"}
                assert model.pop("storageUri").startswith(("http://", "https://"))
                assert "name" not in model
                containers = [{"name": "kserve-container", "image": "x", **model}]
            else:
                containers = predictor["containers"]
                assert [container["name"] for container in containers] == ["kserve-container"]
            for container in containers:
                check_container(container)
            validate({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
                "spec": {"serviceAccountName": predictor["serviceAccountName"], "containers": containers},
            })

        def check_compose(file, documents):
            assert len(documents) == 1
            document = documents[0]
            if not every_compose_file_is_valid:
                assert (run := compose_schema([file])).returncode == 0, run.stdout + run.stderr
            assert re.fullmatch(r"[a-z0-9][-_a-z0-9]*", document["name"])
            for name, service in document["services"].items():
                for volume in service["volumes"]:
                    assert volume["source"] in document["volumes"]
                for other in service.get("depends_on", {}):
                    assert other in document["services"]
                for secret in service.get("secrets", []):
                    assert secret in document["secrets"]
                    # Compose writes what is no file into the container, and refuses where it cannot.
                    assert "file" in document["secrets"][secret] or not service.get("read_only")
                for value in service["labels"].values():
                    assert isinstance(value, str)
            documents[0] = interpolated(document)

        def compose_schema(files):
            return subprocess.run(
                [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *files],
                capture_output=True, text=True)

        compose_files = [file for file in sys.argv[1:] if ".compose." in file]
        every_compose_file_is_valid = not compose_files or compose_schema(compose_files).returncode == 0
        results = []
        for file in sys.argv[1:]:
            documents, errors = [], []
            try:
                text = open(file, "rb").read()
                assert all(byte == 10 or 32 <= byte < 127 for byte in text), "it is not plain ASCII"
                documents = list(yaml.load_all(text, Strict))
                kind = file.split(".")[1]
                if kind == "kubernetes":
                    check_kubernetes(documents)
                elif kind == "kserve":
                    check_kserve(documents)
                else:
                    check_compose(file, documents)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            results.append({"documents": documents, "errors": errors})
        print(json.dumps(results))
        """#
}
