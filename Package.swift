// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of the package: language mode 6, strict about existentials and imports, warnings are errors.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Stemma",
    products: [.executable(name: "stemma", targets: ["stemma"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "StemmaJSON", swiftSettings: strict),
        .target(name: "StemmaStatistics", swiftSettings: strict),
        .target(name: "StemmaDigest", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(
            name: "StemmaTransparency", dependencies: ["StemmaDigest", "StemmaJSON"], exclude: ["Documentation"],
            swiftSettings: strict),
        .target(
            name: "StemmaDelivery", dependencies: ["COpenSSL", "StemmaDigest", "StemmaRegistry", "StemmaTransparency"],
            swiftSettings: strict),
        .target(
            name: "StemmaRegistry",
            dependencies: ["StemmaDigest", "StemmaJSON", "StemmaStatistics", "StemmaTransparency"],
            swiftSettings: strict),
        .target(name: "StemmaHTTP", dependencies: ["CEpoll", "COpenSSL", "CZlib"], swiftSettings: strict),
        .target(
            name: "StemmaAPI", dependencies: ["StemmaDigest", "StemmaHTTP", "StemmaJSON", "StemmaRegistry"],
            swiftSettings: strict),
        .target(name: "StemmaFiles", dependencies: ["StemmaRegistry", "StemmaDigest"], swiftSettings: strict),
        .target(
            name: "StemmaSQLite",
            dependencies: ["CSQLite", "StemmaDigest", "StemmaJSON", "StemmaMigrations", "StemmaRegistry"],
            swiftSettings: strict),
        .target(
            name: "StemmaMigrations",
            path: "Migrations",
            resources: [
                .embedInCode("m0001_registry.sql"), .embedInCode("m0002_lifecycle.sql"),
                .embedInCode("m0003_lineage.sql"), .embedInCode("m0004_reproduction.sql"),
                .embedInCode("m0005_experiment.sql"), .embedInCode("m0006_evaluation.sql"),
                .embedInCode("m0007_lineage_ranks.sql"), .embedInCode("m0008_transparency.sql"),
                .embedInCode("m0009_webhook.sql"), .embedInCode("m0010_compliance.sql"),
                .embedInCode("m0011_privacy.sql"), .embedInCode("m0012_as_of.sql"),
                .embedInCode("m0013_lineage_as_of.sql"),
                .embedInCode("m0014_pruned_subjects.sql"), .embedInCode("m0015_lighter_log.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "StemmaDefaults",
            path: "Config",
            exclude: ["stemma.yaml"],
            resources: [
                .embedInCode("lifecycle.yaml"), .embedInCode("compliance/ccpa.yaml"),
                .embedInCode("compliance/eu-ai-act.yaml"), .embedInCode("compliance/gdpr.yaml"),
                .embedInCode("compliance/hipaa.yaml"), .embedInCode("compliance/model-risk.yaml"),
                .embedInCode("compliance/sox.yaml"),
            ],
            swiftSettings: strict),
        .target(
            name: "StemmaTesting",
            dependencies: [
                "StemmaConfiguration", "StemmaDelivery", "StemmaDigest", "StemmaHTTP", "StemmaJSON", "StemmaRegistry",
                "StemmaTransparency",
            ],
            swiftSettings: strict),
        .target(
            name: "StemmaConfiguration",
            dependencies: [
                "StemmaDefaults", "StemmaDelivery", "StemmaHTTP", "StemmaJSON", "StemmaRegistry",
                "StemmaTransparency", .product(name: "Logging", package: "swift-log"), "Yams",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "stemma",
            dependencies: [
                "StemmaAPI", "StemmaConfiguration", "StemmaDelivery", "StemmaDigest", "StemmaFiles", "StemmaHTTP",
                "StemmaJSON", "StemmaRegistry", "StemmaSQLite", "StemmaTransparency",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "StemmaBenchmarks",
            // It imports nothing of stemma, but runs the binary that is built beside its own.
            dependencies: ["stemma", "CEpoll", "CSQLite", "StemmaDigest", "StemmaJSON", "StemmaTransparency"],
            swiftSettings: strict),
        .testTarget(name: "StemmaJSONTests", dependencies: ["StemmaJSON", "StemmaTesting"], swiftSettings: strict),
        .testTarget(
            name: "StemmaStatisticsTests", dependencies: ["StemmaStatistics", "StemmaJSON", "StemmaTesting"],
            exclude: ["Reference"], swiftSettings: strict),
        .testTarget(name: "StemmaDigestTests", dependencies: ["StemmaDigest", "StemmaTesting"], swiftSettings: strict),
        .testTarget(
            name: "StemmaRegistryTests",
            dependencies: [
                "StemmaConfiguration", "StemmaDigest", "StemmaJSON", "StemmaRegistry", "StemmaSQLite", "StemmaTesting",
                "StemmaTransparency",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StemmaDeliveryTests",
            dependencies: [
                "COpenSSL", "StemmaDelivery", "StemmaDigest", "StemmaRegistry", "StemmaSQLite", "StemmaTesting",
                "StemmaTransparency",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StemmaTransparencyTests", dependencies: ["StemmaDigest", "StemmaJSON", "StemmaTransparency"],
            swiftSettings: strict),
        .testTarget(
            name: "StemmaAPITests",
            dependencies: [
                "StemmaAPI", "StemmaDelivery", "StemmaDigest", "StemmaFiles", "StemmaHTTP", "StemmaJSON",
                "StemmaRegistry", "StemmaSQLite", "StemmaTesting", "StemmaTransparency",
            ],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(name: "StemmaHTTPTests", dependencies: ["StemmaHTTP", "StemmaTesting"], swiftSettings: strict),
        .testTarget(name: "StemmaFilesTests", dependencies: ["StemmaFiles", "StemmaTesting"], swiftSettings: strict),
        .testTarget(name: "StemmaSQLiteTests", dependencies: ["StemmaSQLite", "StemmaTesting"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CSQLite", "StemmaDelivery", "StemmaDigest", "StemmaJSON", "StemmaTesting", "StemmaTransparency",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CrashTests", dependencies: ["CSQLite", "StemmaDigest", "StemmaJSON", "StemmaTesting"],
            exclude: ["KillPoint"], swiftSettings: strict),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: [
                "StemmaConfiguration", "StemmaHTTP", "StemmaRegistry", "StemmaTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
