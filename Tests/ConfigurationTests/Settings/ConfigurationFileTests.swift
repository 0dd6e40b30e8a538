import Glibc
import StemmaConfiguration
import StemmaHTTP
import StemmaRegistry
import Testing

@Suite("The commented configuration file")
struct ConfigurationFileTests {
    private static let path: String =
        #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/Config/stemma.yaml"

    @Test("it is what `stemma config example` prints")
    func isRendered() throws {
        let directory = try TemporaryDirectory()
        let rendered: String = try directory.write(ConfigurationExample.render(), to: "stemma.yaml")
        #expect(try bytes(of: Self.path) == bytes(of: rendered))
    }

    @Test("it lists exactly the declared keys, with their defaults")
    func listsEveryKey() throws {
        let loaded: LoadedConfiguration = try ConfigurationLoader.load(filePath: Self.path)
        #expect(Set(loaded.origins.keys) == Set(Setting.all.map(\.key)))
        for setting in Setting.all {
            let origin: String = loaded.origins[setting.key]?.description ?? ""
            #expect(origin.hasPrefix(Self.path + ":"), "\(setting.key) is not in the file")
            #expect(setting.value(in: loaded.settings) == setting.defaultValue, "\(setting.key)")
        }
    }

    @Test("the defaults are those of the parts they configure")
    func defaultsAgree() throws {
        let settings = StemmaSettings()
        let server: ServerConfiguration = try settings.serverConfiguration()
        let plain = ServerConfiguration(listeners: [])
        #expect(server.headMaxBytes == plain.headMaxBytes)
        #expect(server.idleTimeoutMilliseconds == plain.idleTimeoutMilliseconds)
        #expect(server.eventLoopCount == plain.eventLoopCount)
        #expect(server.listeners.map(\.address) == [.tcp(host: "127.0.0.1", port: 8765)])
        #expect(settings.registryPolicy.protectedAliases == RegistryPolicy().protectedAliases)
        #expect(settings.registryPolicy.auditRetentionMilliseconds == RegistryPolicy().auditRetentionMilliseconds)
        #expect(
            settings.registryPolicy.consumerLifetimeMilliseconds == RegistryPolicy().consumerLifetimeMilliseconds)
        #expect(settings.registryPolicy.limits.blobBytes == Limits().blobBytes)
    }

    private func bytes(of path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        return Array(bytes.prefix(fread(&bytes, 1, bytes.count, file)))
    }
}
