/// A route's pattern taken apart.
struct RoutePattern: Sendable, Equatable {
    enum Segment: Sendable, Equatable {
        case literal([UInt8])
        case variable(String)
        /// One or more segments; last only.
        case tail(String)
    }

    /// The most variables a pattern may have.
    static let variablesMax = 16

    let segments: [Segment]

    /// Names of the variables in order.
    var names: [String] {
        segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .variable(let name), .tail(let name): name
            }
        }
    }

    /// Throws `RouterError.malformedPattern`.
    init(_ pattern: String) throws {
        guard pattern.utf8.first == UInt8(ascii: "/") else { throw RouterError.malformedPattern(pattern) }
        let parts = pattern == "/" ? [] : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        segments = try parts.enumerated().map { index, part in
            try Self.segment(part, isLast: index == parts.count - 1, of: pattern)
        }
        let names = names
        guard names.count <= Self.variablesMax, Set(names).count == names.count else {
            throw RouterError.malformedPattern(pattern)
        }
    }

    private static func segment(_ part: Substring, isLast: Bool, of pattern: String) throws -> Segment {
        guard part.contains(where: { $0 == "{" || $0 == "}" }) else {
            guard !part.isEmpty, part.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }) else {
                throw RouterError.malformedPattern(pattern)
            }
            return .literal(Array(part.utf8))
        }
        guard part.hasPrefix("{"), part.hasSuffix("}") else { throw RouterError.malformedPattern(pattern) }
        let inner = part.dropFirst().dropLast()
        let isTail = inner.hasSuffix("...")
        let name = isTail ? inner.dropLast(3) : inner
        let isName = name.utf8.allSatisfy {
            ByteScan.lowered($0) &- 0x61 < 26 || $0 == UInt8(ascii: "_") || ByteScan.isDigit($0)
        }
        guard !name.isEmpty, isName, isLast || !isTail else { throw RouterError.malformedPattern(pattern) }
        return isTail ? .tail(String(name)) : .variable(String(name))
    }
}

/// Why a set of routes is refused at start.
package enum RouterError: Error, Sendable, Equatable {
    /// The pattern does not follow the rules of `Route.pattern`, names a variable twice or has more than 16.
    case malformedPattern(String)
    /// Two routes answer the same method and shape.
    case duplicate(method: HTTPMethod, pattern: String)
    /// Two patterns give the variable at one position different names.
    case variableNames(String, String)
    /// A route without an access rule.
    case missingAccess(method: HTTPMethod, pattern: String)
}
