internal import Foundation

/// A request as the server got it.
package struct ReceivedRequest: Sendable {
    package let line: String
    /// With names in lower case, in order.
    package let fields: [(name: String, value: String)]
    package let body: [UInt8]

    package subscript(name: String) -> String? {
        let values: [String] = fields.filter { $0.name == name }.map(\.value)
        return values.count == 1 ? values[0] : nil
    }

    /// Reads from pieces until the body is whole; nil where they end before.
    package static func read(_ next: () -> [UInt8]) -> ReceivedRequest? {
        var received: [UInt8] = []
        while true {
            let piece: [UInt8] = next()
            guard !piece.isEmpty else { return nil }
            received += piece
            guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            var lines: [String] = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                .components(separatedBy: "\r\n")
            let line: String = lines.removeFirst()
            let fields: [(name: String, value: String)] = lines.map { line in
                let parts: [String] = line.components(separatedBy: ": ")
                return (parts[0].lowercased(), parts.dropFirst().joined(separator: ": "))
            }
            let length: Int = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
            while received.count < end.upperBound + length {
                let piece: [UInt8] = next()
                guard !piece.isEmpty else { return nil }
                received += piece
            }
            return ReceivedRequest(line: line, fields: fields, body: Array(received[end.upperBound...]))
        }
    }
}
