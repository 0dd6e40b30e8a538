internal import Logging
internal import StemmaRegistry

/// How an event is written: always one line.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `{"time":...,"level":...,"message":...,"request_id":...,"metadata":{...},"error":...}`; the last three where there
    /// is something to say.
    case json
    /// `TIME LEVEL MESSAGE key=value ...`
    case text

    /// The metadata key that has a place of its own.
    static let requestIDKey: String = "request_id"

    /// One line with its line feed. Tokens are taken out of every text.
    func line(
        time: Timestamp, level: Logger.Level, message: String, metadata: Logger.Metadata, error: String?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        switch self {
        case .json: LogFormat.appendJSON(time, level, message, metadata, error, to: &bytes)
        case .text: LogFormat.appendText(time, level, message, metadata, error, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func appendJSON(
        _ time: Timestamp, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, _ error: String?,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: #"{"time":""#.utf8)
        bytes.append(contentsOf: time.description.utf8)
        bytes.append(contentsOf: #"","level":""#.utf8)
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(contentsOf: #"","message":"#.utf8)
        LogText.appendQuoted(Redaction.apply(message), to: &bytes)
        if let id = metadata[requestIDKey] {
            bytes.append(contentsOf: #","request_id":"#.utf8)
            LogText.appendQuoted(Redaction.apply(id.description), to: &bytes)
        }
        let rest: Logger.Metadata = metadata.filter { $0.key != requestIDKey }
        if !rest.isEmpty {
            bytes.append(contentsOf: #","metadata":"#.utf8)
            append(.dictionary(rest), to: &bytes)
        }
        if let error {
            bytes.append(contentsOf: #","error":"#.utf8)
            LogText.appendQuoted(Redaction.apply(error), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ value: Logger.MetadataValue, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            LogText.appendQuoted(Redaction.apply(text), to: &bytes)
        case .stringConvertible(let value):
            let text: String = value.description
            if isNumberOrBoolean(value) {
                bytes.append(contentsOf: text.utf8)
            } else {
                LogText.appendQuoted(Redaction.apply(text), to: &bytes)
            }
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .dictionary(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                LogText.appendQuoted(Redaction.apply(member.key), to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Values whose description is JSON as it stands.
    private static func isNumberOrBoolean(_ value: any CustomStringConvertible) -> Bool {
        value is Int || value is Int64 || value is UInt64 || value is Int32 || value is UInt16 || value is Bool
    }

    private static func appendText(
        _ time: Timestamp, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, _ error: String?,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: time.description.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(UInt8(ascii: " "))
        LogText.appendPlain(Redaction.apply(message), to: &bytes)
        var pairs: [(String, String)] = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        if let error { pairs.append(("error", error)) }
        for (key, value) in pairs {
            bytes.append(UInt8(ascii: " "))
            LogText.appendPlain(Redaction.apply(key), to: &bytes)
            bytes.append(UInt8(ascii: "="))
            let value: String = Redaction.apply(value)
            let isBare: Bool = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && !isSpecial($0) }
            if isBare {
                bytes.append(contentsOf: value.utf8)
            } else {
                LogText.appendQuoted(value, to: &bytes)
            }
        }
    }

    /// `"`, `=` and `\`, which a bare value must not have.
    private static func isSpecial(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x3D || byte == 0x5C }
}
