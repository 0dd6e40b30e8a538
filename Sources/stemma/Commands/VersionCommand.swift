internal import ArgumentParser

/// `stemma version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of Stemma and of the libraries it runs on.")

    func run() throws {
        let members: [(name: String, value: String)] = BuildInformation.current.members
        var text: String = ""
        for (index, member) in members.enumerated() {
            text += index == 0 ? "stemma \(member.value)\n" : "\(member.name) \(member.value)\n"
        }
        try StandardOutput.write(text)
    }
}
