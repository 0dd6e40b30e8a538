/// Where a setting's value comes from; later cases override earlier ones.
package enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case standard
    /// `FILE:LINE:COLUMN`.
    case file(place: String)
    /// The name of the environment variable.
    case environment(variable: String)
    /// The flag with its dashes.
    case flag(String)

    /// For people: the place, the variable or the flag.
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let place): place
        case .environment(let variable): variable
        case .flag(let flag): flag
        }
    }
}

/// The value that one source gives to one setting.
struct Assignment {
    let setting: Setting
    let value: SettingValue
    let origin: SettingOrigin
}

/// What one source says, and what is wrong with it.
struct SourceReading {
    var assignments: [Assignment] = []
    var faults: [ConfigurationFault] = []
    var warnings: [String] = []
}
