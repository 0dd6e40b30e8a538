internal import StemmaRegistry

/// A value from the command line.
package struct FlagValue: Sendable {
    /// The setting's dotted path.
    package let key: String
    /// The flag with its dashes, for messages.
    package let flag: String
    /// One for each time the flag was given; only a list may have several.
    package let values: [String]

    /// No values mean that the flag was not given.
    package init(key: String, flag: String, values: [String]) {
        self.key = key
        self.flag = flag
        self.values = values
    }
}

/// A valid configuration.
package struct LoadedConfiguration: Sendable {
    package let settings: StemmaSettings
    /// Where the values come from, by key; every declared key is there.
    package let origins: [String: SettingOrigin]
    /// What an operator should know, e.g. a variable that looks like a setting and is none.
    package let warnings: [String]
    /// The file that was read.
    package let filePath: String?
}

/// Reads a configuration from its layers: defaults, then a YAML file, then the environment, then flags.
package enum ConfigurationLoader {
    /// The variable that names the file where no flag does.
    package static let fileVariable: String = "STEMMA_CONFIG"

    /// Reads every layer. `filePath` is the value of `--config`; without it `STEMMA_CONFIG` names the file, and without
    /// that there is none. Blocks for the file. Throws `ConfigurationError` with the faults of all layers.
    package static func load(
        filePath: String? = nil, environment: [String: String] = [:], flags: [FlagValue] = []
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let named: String? = environment[fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        let path: String? = filePath ?? named
        var readings: [SourceReading] = []
        if let path {
            readings.append(YAMLSource.read(path, namedBy: filePath == nil ? fileVariable : "--config"))
        }
        readings.append(EnvironmentSource.read(environment))
        readings.append(FlagSource.read(flags))

        var settings = StemmaSettings()
        var origins: [String: SettingOrigin] = [:]
        for setting in Setting.all { origins[setting.key] = .standard }
        for assignment in readings.flatMap(\.assignments) {
            assignment.setting.apply(assignment.value, to: &settings)
            origins[assignment.setting.key] = assignment.origin
        }
        var faults: [ConfigurationFault] = readings.flatMap(\.faults)
        faults += Relations.faults(in: settings, origins, besides: Set(faults.compactMap(\.key)))
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        return LoadedConfiguration(
            settings: settings, origins: origins, warnings: readings.flatMap(\.warnings), filePath: path)
    }
}

/// Rules between settings.
enum Relations {
    /// Faults at the place where the offending value was given. Keys in `known` have faults of their own already.
    static func faults(
        in settings: StemmaSettings, _ origins: [String: SettingOrigin], besides known: Set<String>
    ) -> [ConfigurationFault] {
        var faults: [ConfigurationFault] = []
        func require(_ isGood: Bool, _ keys: [String], at key: String, _ detail: String) {
            guard !isGood, known.isDisjoint(with: keys) else { return }
            // The default is never at fault: the place is that of the key which was set.
            let blamed: String = origins[key] == .standard ? keys.first { origins[$0] != .standard } ?? key : key
            faults.append(ConfigurationFault(origins[blamed]?.description ?? blamed, key: blamed, detail))
        }
        let tls: [String] = ["server.tls.certificate", "server.tls.private_key"]
        require(
            settings.server.tls.privateKey.isEmpty || !settings.server.tls.certificate.isEmpty, tls, at: tls[1],
            "needs server.tls.certificate as well")
        require(
            settings.server.tls.certificate.isEmpty || !settings.server.tls.privateKey.isEmpty, tls, at: tls[0],
            "needs server.tls.private_key as well")
        let witness: [String] = ["audit.witness_url", "audit.witness_key"]
        require(
            settings.auditLog.witnessURL.isEmpty || !settings.auditLog.witnessKey.isEmpty, witness, at: witness[0],
            "needs audit.witness_key as well")
        require(
            settings.auditLog.witnessKey.isEmpty || !settings.auditLog.witnessURL.isEmpty, witness, at: witness[1],
            "needs audit.witness_url as well")
        let limits: Limits = settings.limits
        let pages: [String] = ["limits.list_limit_default", "limits.list_limit_max"]
        require(
            limits.listLimitDefault <= limits.listLimitMax, pages, at: pages[0],
            "limits.list_limit_default (\(limits.listLimitDefault)) must not exceed limits.list_limit_max "
                + "(\(limits.listLimitMax))")
        return faults
    }
}
