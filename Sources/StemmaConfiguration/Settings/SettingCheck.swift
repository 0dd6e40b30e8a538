internal import StemmaDelivery
internal import StemmaHTTP
internal import StemmaRegistry

/// Checks of texts: nil for a good one, else what it must be.
enum SettingCheck {
    static func path(_ text: String) -> String? {
        text.isEmpty ? "must name a path" : optionalPath(text)
    }

    static func optionalPath(_ text: String) -> String? {
        text.utf8.contains(0) ? "must not contain a zero byte" : nil
    }

    static func listenAddress(_ text: String) -> String? {
        let isGood: Bool = (try? ListenAddress(text)) != nil
        return isGood ? nil : "is not HOST:PORT, [IPV6]:PORT or unix:PATH"
    }

    static func auditedRead(_ text: String) -> String? {
        let names: [String] = AuditedRead.allCases.map(\.rawValue)
        return names.contains(text) ? nil : "is not one of \(names.joined(separator: ", "))"
    }

    /// A name or a numeric address without port; an IPv6 address with its brackets. Case does not matter.
    static func host(_ text: String) -> String? {
        let isBracketed: Bool = text.hasPrefix("[") && text.hasSuffix("]")
        let isGood: Bool =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                let isName: Bool =
                    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
                return isName || (isBracketed && [0x3A, 0x5B, 0x5D].contains(byte))
            }
        return isGood ? nil : "is not a host name without port"
    }

    static func network(_ text: String) -> String? {
        do {
            _ = try Network(text)
            return nil
        } catch {
            // Whoever names the setting quotes the text already.
            return String(error.description.trimmingPrefix("`\(text)` "))
        }
    }

    static func witnessURL(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        do {
            _ = try WitnessAnchor.target(text)
            return nil
        } catch {
            return "is not good: \(error.description)"
        }
    }

    static func witnessKey(_ text: String) -> String? {
        let isGood: Bool = text.isEmpty || (try? WitnessAnchor.key(text)) != nil
        return isGood ? nil : "must be a verifier key for cosignatures: name+id+key with the algorithm 4"
    }

    static func alias(_ text: String) -> String? {
        do {
            let name = try AliasName(validating: text)
            return name.isComputed ? "is computed and cannot be moved" : nil
        } catch {
            return "is not an alias name: \(error.reason)"
        }
    }

    static func framework(_ text: String) -> String? {
        DefaultCompliance.frameworks.contains(text)
            ? nil : "is none of \(DefaultCompliance.frameworks.joined(separator: ", "))"
    }

    static func pattern(_ text: String) -> String? { text.isEmpty ? "must not be empty" : nil }
}
