/// One key of the configuration: its name, what it accepts, and where its value goes.
package struct Setting: Sendable {
    /// Dotted path, e.g. `server.listen`.
    package let key: String
    package let kind: SettingKind
    /// One or two sentences for the person who edits the file.
    package let summary: String
    private let read: @Sendable (StemmaSettings) -> SettingValue
    private let write: @Sendable (inout StemmaSettings, SettingValue) -> Void

    /// The environment variable that sets it: `STEMMA_SERVER_LISTEN` for `server.listen`.
    package var variable: String {
        "STEMMA_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// The value where nothing is said.
    package var defaultValue: SettingValue { read(StemmaSettings()) }

    /// The value in `settings`.
    package func value(in settings: StemmaSettings) -> SettingValue { read(settings) }

    /// Stores a value that `kind` has accepted.
    func apply(_ value: SettingValue, to settings: inout StemmaSettings) { write(&settings, value) }
}

extension Setting {
    /// Where in the settings a value is kept.
    typealias Place<Value> = any WritableKeyPath<StemmaSettings, Value> & Sendable

    /// A path or other text; `check` answers what the text must be where it is not good.
    static func text(
        _ key: String, _ path: Place<String>, _ summary: String,
        check: @escaping @Sendable (String) -> String?
    ) -> Setting {
        Setting(key: key, kind: .text(check: check), summary: summary) {
            .text($0[keyPath: path])
        } write: { settings, value in
            if case .text(let text) = value { settings[keyPath: path] = text }
        }
    }

    /// A whole number, stored as it is.
    static func integer<Number: FixedWidthInteger & Sendable>(
        _ key: String, _ path: Place<Number>, _ range: ClosedRange<Int64>,
        _ summary: String, storedTimes factor: Int64 = 1
    ) -> Setting {
        Setting(key: key, kind: .integer(range), summary: summary) {
            .integer(Int64($0[keyPath: path]) / factor)
        } write: { settings, value in
            if case .integer(let number) = value { settings[keyPath: path] = Number(number * factor) }
        }
    }

    static func boolean(
        _ key: String, _ path: Place<Bool>, _ summary: String
    ) -> Setting {
        Setting(key: key, kind: .boolean, summary: summary) {
            .boolean($0[keyPath: path])
        } write: { settings, value in
            if case .boolean(let flag) = value { settings[keyPath: path] = flag }
        }
    }

    /// One of the raw values of an enumeration.
    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ path: Place<Choice>, _ summary: String
    ) -> Setting where Choice.RawValue == String {
        Setting(key: key, kind: .choice(Choice.allCases.map(\.rawValue)), summary: summary) {
            .text($0[keyPath: path].rawValue)
        } write: { settings, value in
            if case .text(let text) = value, let choice = Choice(rawValue: text) { settings[keyPath: path] = choice }
        }
    }

    static func mode(
        _ key: String, _ path: Place<UInt32>, _ summary: String
    ) -> Setting {
        Setting(key: key, kind: .mode, summary: summary) {
            .integer(Int64($0[keyPath: path]))
        } write: { settings, value in
            if case .integer(let number) = value { settings[keyPath: path] = UInt32(number) }
        }
    }

    static func list(
        _ key: String, _ path: Place<[String]>, minimumCount: Int = 0,
        _ summary: String, check: @escaping @Sendable (String) -> String?
    ) -> Setting {
        Setting(key: key, kind: .list(minimumCount: minimumCount, check: check), summary: summary) {
            .list($0[keyPath: path])
        } write: { settings, value in
            if case .list(let items) = value { settings[keyPath: path] = items }
        }
    }
}
