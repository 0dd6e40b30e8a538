internal import Yams

/// Settings from a YAML file. Sections nest as the dots of the keys do.
enum YAMLSource {
    static func read(_ path: String, namedBy source: String) -> SourceReading {
        do {
            let text: String = try ConfigurationFile.read(path)
            guard let root: Node = try compose(text, path) else { return SourceReading() }
            var walk = YAMLWalk(path: path)
            walk.section(root, "")
            return walk.reading
        } catch let fault as FileFault {
            let place: String = fault.place ?? source
            return SourceReading(faults: [ConfigurationFault(place, fault.detail)])
        } catch {
            return SourceReading(faults: [ConfigurationFault(path, "\(error)")])
        }
    }

    /// Parses one document; nil for an empty one. Throws `FileFault` with the place of the fault.
    private static func compose(_ text: String, _ path: String) throws -> Node? {
        do {
            return try Parser(yaml: text, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw fault(error, path)
        }
    }

    private static func fault(_ error: YamlError, _ path: String) -> FileFault {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            FileFault(
                place: "\(path):\(mark.line):\(mark.column)",
                "is not YAML: " + (context.map { $0.text + ", " } ?? "") + problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            FileFault(
                place: "\(path):\(context.mark.line):\(context.mark.column)",
                "given more than once in one section: " + duplicates.sorted().joined(separator: ", "))
        case .reader(let problem, _, _, _):
            FileFault(place: path, "is not YAML: \(problem)")
        default:
            FileFault(place: path, "cannot be read as YAML: \(error)")
        }
    }
}

/// Compares the nodes of a document with the declared keys.
private struct YAMLWalk {
    let path: String
    var reading = SourceReading()

    /// Reads a mapping whose keys continue `prefix`, which ends with a dot or is empty.
    mutating func section(_ node: Node, _ prefix: String) {
        if isNull(node) { return }
        guard let mapping = node.mapping else {
            let name: String = prefix.isEmpty ? "the file" : String(prefix.dropLast())
            fault(node, prefix.isEmpty ? nil : name, "must be a section of keys")
            return
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                fault(key, nil, "a key must be a plain word")
                continue
            }
            let full: String = prefix + name
            if let setting = Setting.named(full) {
                read(value, setting)
            } else if !name.isEmpty, Setting.all.contains(where: { $0.key.hasPrefix(full + ".") }), !name.contains(".")
            {
                section(value, full + ".")
            } else {
                let guess: String? = Suggestion.nearest(to: full, among: Setting.all.map(\.key))
                fault(key, full, "there is no such key" + (guess.map { "; did you mean \($0)?" } ?? ""))
            }
        }
    }

    private mutating func read(_ node: Node, _ setting: Setting) {
        do {
            let value: SettingValue = try value(node, setting.kind)
            reading.assignments.append(
                Assignment(setting: setting, value: value, origin: .file(place: place(node))))
        } catch {
            fault(node, setting.key, error.detail)
        }
    }

    private func value(_ node: Node, _ kind: SettingKind) throws(SettingProblem) -> SettingValue {
        if isNull(node) { throw SettingProblem("has no value") }
        if case .list = kind {
            guard let sequence = node.sequence else { throw SettingProblem("must be a list") }
            var items: [String] = []
            for item in sequence { items.append(try text(item)) }
            return try kind.parse(items: items)
        }
        guard let scalar = node.scalar else { throw SettingProblem("must be one value") }
        switch kind {
        case .text, .list:
            return try kind.parse(try text(node))
        case .integer, .boolean:
            guard scalar.style == .plain else { throw SettingProblem("must not be in quotes") }
            return try kind.parse(scalar.string)
        case .choice, .mode:
            return try kind.parse(scalar.string)
        }
    }

    /// Text, as opposed to what YAML takes for a number, a truth value, a time or nothing.
    private func text(_ node: Node) throws(SettingProblem) -> String {
        guard let scalar = node.scalar else { throw SettingProblem("must be text") }
        guard node.tag.rawValue == Tag.Name.str.rawValue else {
            throw SettingProblem("must be text: put `\(scalar.string)` in quotes")
        }
        return scalar.string
    }

    private func isNull(_ node: Node) -> Bool { node.scalar != nil && node.tag.rawValue == Tag.Name.null.rawValue }

    private func place(_ node: Node) -> String {
        guard let mark = node.mark else { return path }
        return "\(path):\(mark.line):\(mark.column)"
    }

    private mutating func fault(_ node: Node, _ key: String?, _ detail: String) {
        reading.faults.append(ConfigurationFault(place(node), key: key, detail))
    }
}
