/// Settings from environment variables: `STEMMA_SERVER_LISTEN` for `server.listen`, lists with commas.
enum EnvironmentSource {
    private static let prefix: String = "STEMMA_"
    private static let byVariable: [String: Setting] = Dictionary(
        uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
    /// Read elsewhere.
    private static let others: Set<String> = [ConfigurationLoader.fileVariable, "STEMMA_TOKEN"]

    static func read(_ environment: [String: String]) -> SourceReading {
        var reading = SourceReading()
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix(prefix) {
            guard let setting = byVariable[variable] else {
                if !isExpected(variable) { reading.warnings.append(warning(variable)) }
                continue
            }
            do {
                let value: SettingValue = try setting.kind.parse(text)
                reading.assignments.append(
                    Assignment(setting: setting, value: value, origin: .environment(variable: variable)))
            } catch {
                reading.faults.append(ConfigurationFault(variable, key: setting.key, error.detail))
            }
        }
        return reading
    }

    /// Kubernetes gives every container variables for each service of its namespace: a service named `stemma` makes
    /// `STEMMA_PORT`, `STEMMA_PORT_8765_TCP`, `STEMMA_SERVICE_HOST`. So unknown names are warned about, not refused.
    private static func isExpected(_ variable: String) -> Bool {
        others.contains(variable) || variable == "STEMMA_PORT" || variable.hasPrefix("STEMMA_PORT_")
            || variable.hasPrefix("STEMMA_SERVICE_")
    }

    private static func warning(_ variable: String) -> String {
        let guess: String? = Suggestion.nearest(to: variable, among: Array(byVariable.keys))
        return "the environment variable \(variable) sets nothing" + (guess.map { "; did you mean \($0)?" } ?? "")
    }
}

/// Settings from the command line.
enum FlagSource {
    static func read(_ flags: [FlagValue]) -> SourceReading {
        var reading = SourceReading()
        for flag in flags where !flag.values.isEmpty {
            guard let setting = Setting.named(flag.key) else {
                preconditionFailure("the flag \(flag.flag) sets \(flag.key), which is not declared")
            }
            do {
                let value: SettingValue = try parse(flag.values, for: setting)
                reading.assignments.append(Assignment(setting: setting, value: value, origin: .flag(flag.flag)))
            } catch {
                reading.faults.append(ConfigurationFault(flag.flag, key: setting.key, error.detail))
            }
        }
        return reading
    }

    private static func parse(_ values: [String], for setting: Setting) throws(SettingProblem) -> SettingValue {
        if case .list = setting.kind { return try setting.kind.parse(items: values) }
        guard values.count == 1 else { throw SettingProblem("may be given only once") }
        return try setting.kind.parse(values[0])
    }
}
