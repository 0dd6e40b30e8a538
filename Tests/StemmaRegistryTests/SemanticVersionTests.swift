import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct SemanticVersionTests {
    @Test(
        arguments: [
            "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.0.0-alpha", "1.0.0-alpha.beta",
            "1.0.0-alpha0.valid", "1.0.0-alpha.0valid", "1.0.0-rc.1+build.1", "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
            "1.2.3----R-S.12.9.1--.12+meta", "1.0.0+0.build.1-rc.10000aaa-kk-0.1", "1.0.0-0A.is.legal", "1.0.0--",
            "99999999999999999999999.999999999999999999.99999999999999999", "1.0.0+001", "1.0.0-0", "0.0.0",
        ])
    func accepts(_ text: String) throws {
        let version = try SemanticVersion(validating: text)
        #expect(version.text == text && version.description == text)
    }

    @Test(
        arguments: [
            "", "1", "1.2", "1.2.3.4", "v1.2.3", "=1.2.3", " 1.2.3", "1.2.3 ", "1.2.3-", "1.2.3+", "1.2.3-+b",
            "1.2.3-a..b",
            "1.2.3+a..b", "1.2.3+a+b", "01.2.3", "1.02.3", "1.2.03", "1.2.3-01", "1.2.3-rc.00", "1.2.3-é", "1.2.3-a_b",
            "-1.2.3", "1.-2.3", "+1.2.3", "1.2.x", "1..3", "a.b.c", "1.2.3\n", "1.2.3\u{0}", "１.2.3", "1.2.3-rc\u{301}",
            "alpha", "1.2-rc", "1.2.3/4",
        ])
    func refuses(_ text: String) {
        #expect(SemanticVersion(text) == nil)
    }

    @Test func limitsTheWholeText() {
        let digits = String(repeating: "9", count: SemanticVersion.bytesMax - 4)
        #expect(SemanticVersion("\(digits).0.0") != nil)
        #expect(SemanticVersion("\(digits)9.0.0") == nil)
        #expect(SemanticVersion("\(digits).0.0")?.bumped(.major) == nil)
        #expect(SemanticVersion("\(digits.dropLast()).0.0")?.bumped(.major)?.major.utf8.count == digits.utf8.count)
    }

    @Test func saysWhatIsWrong() {
        #expect(throws: NameFault("must not have a leading zero in its minor number 02")) {
            try SemanticVersion(validating: "1.02.3")
        }
        #expect(throws: NameFault("must not have a leading zero in its pre-release identifier 01")) {
            try SemanticVersion(validating: "1.2.3-01")
        }
    }

    /// Section 11 of Semantic Versioning 2.0.0, and numbers beyond any integer type.
    @Test func precedenceChain() throws {
        let texts = [
            "0.0.0-0", "0.0.0", "0.9.0", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0--", "1.0.0-alpha", "1.0.0-alpha.1",
            "1.0.0-alpha.1.0", "1.0.0-alpha.beta", "1.0.0-alpha0", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0", "1.0.1-0", "1.9.0", "1.10.0", "1.11.0", "2.0.0", "2.1.0", "2.1.1", "10.0.0",
            "18446744073709551616.0.0", "18446744073709551617.0.0", "100000000000000000000000000000000.0.0",
        ]
        let chain = try texts.map { try SemanticVersion(validating: $0) }
        for (place, version) in chain.enumerated() {
            for (otherPlace, other) in chain.enumerated() {
                #expect(version.precedes(other) == (place < otherPlace), "\(version) and \(other)")
                #expect(version.isSamePrecedence(as: other) == (place == otherPlace))
            }
        }
    }

    @Test func buildMetadataHasNoPrecedenceButIdentity() throws {
        let one = try SemanticVersion(validating: "1.0.0+a")
        let other = try SemanticVersion(validating: "1.0.0+b")
        #expect(one != other && Set([one, other]).count == 2)
        #expect(one.isSamePrecedence(as: other) && !one.precedes(other) && !other.precedes(one))
        #expect(one.precedenceKey == other.precedenceKey)
    }

    /// Random versions compared by the words of section 11 and by the bytes of their keys.
    @Test func keysAreInTheOrderOfPrecedence() throws {
        var random = SeededRandom()
        var versions: [SemanticVersion] = []
        for _ in 0..<300 { versions.append(try SemanticVersion(validating: Self.randomText(&random))) }
        for version in versions {
            for other in versions {
                let expected = Self.compareBySectionEleven(version, other)
                #expect(version.precedes(other) == (expected < 0), "\(version) and \(other), seed \(random.seed)")
                #expect(
                    version.isSamePrecedence(as: other) == (expected == 0), "\(version), \(other), seed \(random.seed)")
            }
        }
    }

    private static func randomText(_ random: inout SeededRandom) -> String {
        func number() -> String {
            let digits = ["0", "1", "2", "9", "10", "99", "100", "18446744073709551615", "18446744073709551616"]
            return digits.randomElement(using: &random)!
        }
        var text = "\(number()).\(number()).\(number())"
        let identifiers = ["0", "1", "9", "10", "a", "A", "-", "a1", "1a", "aa", "rc", "beta", "99999999999999999999"]
        let count = Int.random(in: 0...3, using: &random)
        if count > 0 {
            text += "-" + (0..<count).map { _ in identifiers.randomElement(using: &random)! }.joined(separator: ".")
        }
        return Bool.random(using: &random) ? text : text + "+b"
    }

    /// Below, at or above 0 as the first precedes, equals or follows the second.
    private static func compareBySectionEleven(_ left: SemanticVersion, _ right: SemanticVersion) -> Int {
        func compareNumbers(_ a: String, _ b: String) -> Int {
            if a.count != b.count { return a.count - b.count }
            return a == b ? 0 : (a < b ? -1 : 1)
        }
        for (a, b) in [(left.major, right.major), (left.minor, right.minor), (left.patch, right.patch)] {
            let order = compareNumbers(a, b)
            if order != 0 { return order }
        }
        if left.isPrerelease != right.isPrerelease { return left.isPrerelease ? -1 : 1 }
        for (a, b) in zip(left.prerelease, right.prerelease) where a != b {
            switch (a.allSatisfy(\.isNumber), b.allSatisfy(\.isNumber)) {
            case (true, true): return compareNumbers(a, b)
            case (true, false): return -1
            case (false, true): return 1
            case (false, false): return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
            }
        }
        return left.prerelease.count - right.prerelease.count
    }

    @Test(
        arguments: [
            ("1.2.3", "2.0.0", "1.3.0", "1.2.4"), ("0.0.0", "1.0.0", "0.1.0", "0.0.1"),
            ("1.2.3-rc.1", "2.0.0", "1.3.0", "1.2.3"), ("1.2.0-rc.1", "2.0.0", "1.2.0", "1.2.0"),
            ("1.0.0-rc.1", "1.0.0", "1.0.0", "1.0.0"), ("1.2.3+build", "2.0.0", "1.3.0", "1.2.4"),
            ("9.9.9", "10.0.0", "9.10.0", "9.9.10"),
            (
                "18446744073709551615.0.99", "18446744073709551616.0.0", "18446744073709551615.1.0",
                "18446744073709551615.0.100"
            ),
        ])
    func bumps(_ text: String, _ major: String, _ minor: String, _ patch: String) throws {
        let version = try SemanticVersion(validating: text)
        #expect(version.bumped(.major)?.text == major)
        #expect(version.bumped(.minor)?.text == minor)
        #expect(version.bumped(.patch)?.text == patch)
    }

    @Test func bumpsAreOrdered() throws {
        #expect(VersionBump.patch < .minor && .minor < VersionBump.major)
        let version = try SemanticVersion(validating: "1.2.3")
        #expect(version.difference(from: try SemanticVersion(validating: "2.2.3")) == .major)
        #expect(version.difference(from: try SemanticVersion(validating: "1.1.9")) == .minor)
        #expect(version.difference(from: try SemanticVersion(validating: "1.2.4")) == .patch)
        #expect(version.difference(from: try SemanticVersion(validating: "1.2.3-rc.1")) == nil)
    }
}
