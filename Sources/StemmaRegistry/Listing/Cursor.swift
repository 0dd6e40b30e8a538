internal import StemmaDigest
internal import StemmaJSON

/// Opaque positions in lists: the last row's sort values, bound to the list, its filter and its order, and authenticated,
/// so that a cursor can be neither made up nor carried to another list.
struct Cursor: Sendable {
    private let key: [UInt8]
    private let identity: String
    private static let codeBytes: Int = 16

    init(key: [UInt8], identity: String) {
        self.key = key
        self.identity = identity
    }

    func encode(_ values: [SortValue]) -> String {
        let payload: [UInt8] = CanonicalJSON.encode(.array(values.map(Cursor.json)))
        return Base64.encode(code(payload) + payload, as: .urlSafe)
    }

    /// Throws `invalidCursor` for anything that `encode` did not make for the same list.
    func decode(_ text: String) throws(StemmaError) -> [SortValue] {
        guard text.utf8.count < 16_384, let bytes = Base64.decode(text, as: .urlSafe), bytes.count > Cursor.codeBytes
        else { throw Cursor.refusal }
        let payload: [UInt8] = Array(bytes.dropFirst(Cursor.codeBytes))
        guard ConstantTime.equal(Array(bytes.prefix(Cursor.codeBytes)), code(payload)),
            let elements = (try? JSONParser.parse(payload))?.array
        else { throw Cursor.refusal }
        return elements.map(Cursor.value)
    }

    static let refusal = StemmaError(
        .invalidCursor, "the cursor does not belong to this list, filter and order; start again without it")

    private func code(_ payload: [UInt8]) -> [UInt8] {
        let message: [UInt8] = Array("stemma.cursor.v1".utf8) + [0] + Array(identity.utf8) + [0] + payload
        return Array(HMACSHA256.code(key: key, message: message).prefix(Cursor.codeBytes))
    }

    /// Text as is; other kinds as an array of a tag and a text, so that no number loses digits on the way.
    private static func json(_ value: SortValue) -> JSONValue {
        switch value {
        case .null: .null
        case .text(let text): .string(text)
        case .integer(let number): .array([.string("i"), .string(String(number))])
        case .number(let number): .array([.string("d"), .string(String(number.bitPattern))])
        case .bytes(let bytes): .array([.string("b"), .string(Hex.encode(bytes))])
        }
    }

    private static func value(_ json: JSONValue) -> SortValue {
        if let text = json.string { return .text(text) }
        guard let parts = json.array, parts.count == 2, let kind = parts[0].string, let text = parts[1].string else {
            return .null
        }
        switch kind {
        case "i": return .integer(Int64(text) ?? 0)
        case "d": return .number(Double(bitPattern: UInt64(text) ?? 0))
        case "b": return .bytes(Hex.decode(text.utf8) ?? [])
        default: return .null
        }
    }
}

/// The database's own key for cursors, made when first needed.
enum CursorKey {
    private static let setting: String = "cursor_key"

    static func load(_ store: any MetadataStore, _ environment: Environment) async throws -> [UInt8] {
        try await store.write(
            { transaction in
                if let key = try transaction.setting(setting) { return key }
                let key: [UInt8] = environment.randomBytes(32)
                try transaction.setSetting(setting, to: key)
                return key
            }, committed: nil)
    }
}
