import StemmaRegistry
import Testing

@testable import StemmaSQLite

@Suite("Patterns for GLOB")
struct GlobPatternTests {
    @Test(
        "A scope's pattern keeps * and ? and escapes brackets",
        arguments: [("fraud_*", "fraud_*"), ("a?b", "a?b"), ("a[b]", "a[[]b]"), ("", ""), ("%_\\", "%_\\")])
    func scopes(_ pattern: String, _ wanted: String) {
        #expect(GlobPattern.fromScope(pattern) == wanted)
    }

    @Test(
        "A LIKE pattern is translated, and what is special to GLOB escaped",
        arguments: [
            ("a%b_", "a*b?"), ("100\\%", "100%"), ("*?[x]", "[*][?][[]x]"), ("\\*", "[*]"), ("\\\\", "\\"), ("%%", "*"),
            ("\\a", "a"), ("", ""),
        ])
    func likes(_ pattern: String, _ wanted: String) throws {
        let made = try #require(FilterPattern(pattern, isCaseSensitive: true))
        #expect(GlobPattern.from(made) == wanted)
    }
}
