/// Reads the text of a version (Semantic Versioning 2.0.0, sections 2, 9 and 10, and its grammar).
struct SemanticVersionParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func version() throws(NameFault) -> SemanticVersion {
        let major = try number("major")
        try dot()
        let minor = try number("minor")
        try dot()
        let patch = try number("patch")
        let core = VersionCore(major: major, minor: minor, patch: patch)
        var prerelease: [String] = []
        var build: [String] = []
        if take("-") { prerelease = try identifiers("pre-release", refusesLeadingZeros: true) }
        if take("+") { build = try identifiers("build", refusesLeadingZeros: false) }
        guard position == bytes.count else { throw Self.wrongForm }
        return SemanticVersion(core: core, prerelease: prerelease, build: build)
    }

    private static let wrongForm = NameFault(
        "must be a version after Semantic Versioning 2.0.0, such as 2.1.3 or 2.1.3-rc.1")

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func dot() throws(NameFault) {
        guard take(".") else { throw Self.wrongForm }
    }

    private mutating func number(_ part: String) throws(NameFault) -> String {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > start else { throw Self.wrongForm }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        if bytes[start] == UInt8(ascii: "0"), position > start + 1 {
            throw NameFault("must not have a leading zero in its \(part) number \(digits)")
        }
        return digits
    }

    /// One or more identifiers of letters, digits and hyphens with dots between them.
    private mutating func identifiers(_ kind: String, refusesLeadingZeros: Bool) throws(NameFault) -> [String] {
        var found: [String] = []
        repeat {
            let start = position
            while position < bytes.count, Self.isIdentifierByte(bytes[position]) { position += 1 }
            guard position > start else { throw NameFault("must not have an empty \(kind) identifier") }
            let identifier = bytes[start..<position]
            let text = String(decoding: identifier, as: UTF8.self)
            let isNumber = identifier.allSatisfy { (0x30...0x39).contains($0) }
            if refusesLeadingZeros, isNumber, identifier.count > 1, identifier.first == UInt8(ascii: "0") {
                throw NameFault("must not have a leading zero in its \(kind) identifier \(text)")
            }
            found.append(text)
        } while take(".")
        return found
    }

    static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
