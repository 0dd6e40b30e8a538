internal import ArgumentParser
internal import Foundation
internal import StemmaConfiguration

/// The flags that say which configuration a command works with.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the configuration from this YAML file. Default: $STEMMA_CONFIG, or none.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Directory of the database, blobs and admin token. Default: ./stemma-data.", valueName: "dir"))
    var dataDir: String?

    /// Reads all layers; `more` are further flags. Throws `ConfigurationError`.
    func load(_ more: [FlagValue] = []) throws -> LoadedConfiguration {
        let own = FlagValue(key: "data_dir", flag: "--data-dir", values: dataDir.map { [$0] } ?? [])
        return try ConfigurationLoader.load(
            filePath: config, environment: ProcessInfo.processInfo.environment, flags: [own] + more)
    }
}
