import StemmaJSON
import Testing

@Suite struct CanonicalJSONTests {
    private func canonical(_ text: String) throws -> String {
        String(decoding: CanonicalJSON.encode(try JSONParser.parse(Array(text.utf8))), as: UTF8.self)
    }

    /// RFC 8785 appendix B: bits of a double and its text.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func numbersOfAppendixB(_ bits: UInt64, _ text: String) {
        let bytes = CanonicalJSON.encode(.double(Double(bitPattern: bits)))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func numbersAsNodePrintsThem() {
        for number in ecmaScriptNumbers {
            let bytes = CanonicalJSON.encode(.double(Double(bitPattern: number.bits)))
            #expect(String(decoding: bytes, as: UTF8.self) == number.text)
        }
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (9_007_199_254_740_991, "9007199254740991"),
            (9_007_199_254_740_992, "9007199254740992"),
            (9_007_199_254_740_993, "9007199254740992"), (.max, "9223372036854776000"), (.min, "-9223372036854776000"),
        ] as [(Int64, String)])
    func integersAreTheDoublesTheyDenote(_ integer: Int64, _ text: String) {
        #expect(String(decoding: CanonicalJSON.encode(.integer(integer)), as: UTF8.self) == text)
    }

    /// The member names of RFC 8785 section 3.2.3: the order of code units puts the emoji before U+FB33.
    @Test func namesAreSortedByCodeUnits() throws {
        let text = """
            {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",\
            "\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}
            """
        let expected = """
            {"\\r":"Carriage Return","1":"One","\u{80}":"Control","ö":"Latin Small Letter O With Diaeresis",\
            "€":"Euro Sign","😀":"Emoji: Grinning Face","\u{FB33}":"Hebrew Letter Dalet With Dagesh"}
            """
        #expect(try canonical(text) == expected)
    }

    @Test func orderOfNamesAgreesWithUTF16() {
        let pieces = [
            "", "a", "b", "\u{7F}", "é", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FB33}", "\u{FFFF}", "😀",
            "\u{10FFFF}",
        ]
        let names = pieces.flatMap { first in pieces.map { first + $0 } }
        for left in names {
            for right in names where !ExactText.areSame(left, right) {
                let object: JSONValue = .object(
                    JSONObject([.init(name: left, value: 1), .init(name: right, value: 2)]))
                let leftFirst = CanonicalJSON.encode(object).last(where: { $0 == 0x31 || $0 == 0x32 }) == 0x32
                #expect(leftFirst == left.utf16.lexicographicallyPrecedes(right.utf16))
            }
        }
    }

    /// RFC 8785 section 3.2.2 and the cases of its reference test data.
    @Test(
        arguments: [
            (
                #"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"#
                    + #""string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
                #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                    + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
            ),
            (#"[56,{"d":true,"10":null,"1":[]}]"#, #"[56,{"1":[],"10":null,"d":true}]"#),
            (
                #"{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}"#,
                #"{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}"#
            ),
            ("{\"Unnormalized Unicode\":\"A\u{30a}\"}", "{\"Unnormalized Unicode\":\"A\u{30a}\"}"),
            ("\"\\u007f\\u2028\\u0008\\u000c\\u001F\\u0000\"", "\"\u{7F}\u{2028}\\b\\f\\u001f\\u0000\""),
        ] as [(String, String)])
    func wholeTexts(_ text: String, _ expected: String) throws {
        #expect(ExactText.areSame(try canonical(text), expected))
    }

    @Test func leavesTakeSafeIntegersOnly() throws {
        let safe: JSONValue = ["b": [1, -9_007_199_254_740_991, nil], "a": ["x": "0.5", "y": true]]
        let text = String(decoding: try CanonicalJSON.encodeLeaf(safe), as: UTF8.self)
        #expect(text == #"{"a":{"x":"0.5","y":true},"b":[1,-9007199254740991,null]}"#)
        #expect(throws: NotALeafValue(pointer: "/a~1b/1", reason: "a number that is not an integer")) {
            try CanonicalJSON.encodeLeaf(["a/b": [1, 2.5]])
        }
        #expect(throws: NotALeafValue(pointer: "", reason: "an integer beyond 2^53 - 1")) {
            try CanonicalJSON.encodeLeaf(9_007_199_254_740_992)
        }
        #expect(throws: NotALeafValue.self) { try CanonicalJSON.encodeLeaf(.integer(.min)) }
        #expect(throws: NotALeafValue.self) { try CanonicalJSON.encodeLeaf(1.0) }
    }
}
