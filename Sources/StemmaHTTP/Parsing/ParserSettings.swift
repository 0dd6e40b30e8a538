/// What a parser enforces; shared by all connections of a server.
package final class ParserSettings: Sendable {
    /// Longest request target in bytes; beyond it 414.
    package let targetMaxBytes: Int
    /// Longest head in bytes, request line and final empty line included; beyond it 431.
    package let headMaxBytes: Int
    /// Most field lines; beyond it 431.
    package let headMaxFields: Int
    /// Lower-case names of fields whose presence sends a request past the inline handlers.
    let inlineBypassFields: [[UInt8]]
    /// Bit n set: some such name has n bytes. A cheap first test.
    let inlineBypassLengths: UInt64

    /// The defaults are those of `ServerConfiguration`.
    package init(
        targetMaxBytes: Int = 8 * 1024, headMaxBytes: Int = 32 * 1024, headMaxFields: Int = 100,
        inlineBypassFields: [String] = []
    ) {
        self.targetMaxBytes = targetMaxBytes
        self.headMaxBytes = headMaxBytes
        self.headMaxFields = headMaxFields
        self.inlineBypassFields = inlineBypassFields.map { Array($0.lowercased().utf8) }
        inlineBypassLengths = inlineBypassFields.reduce(0) { $0 | (1 << UInt64(min($1.utf8.count, 63))) }
    }

    /// Whether the field is one that inline handlers must not miss.
    func bypassesInline(_ name: UnsafeRawPointer, _ count: Int) -> Bool {
        inlineBypassFields.contains { wanted in
            wanted.count == count
                && wanted.indices.allSatisfy { ByteScan.lowered(ByteScan.byte(name, $0)) == wanted[$0] }
        }
    }
}
