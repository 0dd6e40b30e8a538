import StemmaJSON
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test(
        "Valid texts",
        arguments: [
            ("null", nil), ("true", true), (" \n\t\rfalse ", false), ("\"\"", ""), ("[]", []), ("{}", [:]), ("[ ]", []),
            ("{ }", [:]), ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .double(-9_223_372_036_854_775_808)), ("1.0", 1.0), ("1e2", 100.0),
            ("1E+2", 100.0),
            ("-0.0", .double(-0.0)), ("1.5e-3", 0.0015), ("1e-400", 0.0), ("0e999999999999999999999", 0.0),
            ("100000000000000000000000", 1e23), ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
            ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"\\u0041\\u00e9\\u20AC\"", "Aé€"),
            ("\"\\uD83D\\uDE00x\"", "😀x"), ("\"\\u0000\"", "\u{0}"),
            ("\"日本語 😀 and plain text\"", "日本語 😀 and plain text"),
            ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"), ("\"\\\\u0041\"", "\\u0041"),
            ("[1,\"a\",[true,null],{\"b\":2.5}]", [1, "a", [true, nil], ["b": 2.5]]),
            ("{\"a\":1, \"A\" : 2 ,\"\":3}", ["a": 1, "A": 2, "": 3]),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ expected: JSONValue) throws {
        #expect(try parse(text) == expected)
    }

    @Test func membersKeepTheirOrder() throws {
        let object = try #require(parse("{\"z\":1,\"a\":2,\"m\":3}").object)
        #expect(object.members.map(\.name) == ["z", "a", "m"])
    }

    @Test(
        "Malformed texts",
        arguments: [
            ("", .emptyInput, 0), ("  \n", .emptyInput, 3), ("\u{FEFF}{}", .byteOrderMark, 0), ("{", .unexpectedEnd, 1),
            ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("\"abc", .unexpectedEnd, 4),
            ("\"\\", .unexpectedEnd, 2),
            ("\"\\u12", .unexpectedEnd, 5), ("tru", .unexpectedEnd, 3), ("-", .unexpectedEnd, 1),
            ("1.", .unexpectedEnd, 2),
            ("1e", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3), ("{\"a\"", .unexpectedEnd, 4),
            ("{\"a\":", .unexpectedEnd, 5), ("[1,]", .unexpectedByte, 3), ("{\"a\":1,}", .unexpectedByte, 7),
            ("{a:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
            ("{\"a\" 1}", .unexpectedByte, 5), ("{\"a\":1 \"b\":2}", .unexpectedByte, 7), ("+1", .unexpectedByte, 0),
            (".5", .unexpectedByte, 0), ("[,]", .unexpectedByte, 1), ("// c", .unexpectedByte, 0),
            ("é", .unexpectedByte, 0),
            ("\u{0}", .unexpectedByte, 0), ("[1\u{0}]", .unexpectedByte, 2), ("\u{A0}1", .unexpectedByte, 0),
            ("{} {}", .trailingBytes, 3), ("1\u{0}", .trailingBytes, 1), ("0x10", .trailingBytes, 1),
            ("[]]", .trailingBytes, 2),
            ("trux", .unknownLiteral, 0), ("True", .unexpectedByte, 0), ("nul1", .unknownLiteral, 0),
            ("NaN", .unknownLiteral, 0), ("[Infinity]", .unknownLiteral, 1), ("-Infinity", .invalidNumber, 0),
            ("01", .leadingZero, 0), ("-012", .leadingZero, 1), ("[00]", .leadingZero, 1), ("1.x", .invalidNumber, 0),
            ("[1.]", .invalidNumber, 1), ("1ex", .invalidNumber, 0), ("-a", .invalidNumber, 0),
            ("1e400", .numberOutOfRange, 0), ("[-1e309]", .numberOutOfRange, 1),
            ("1e99999999999999999999", .numberOutOfRange, 0), ("\"a\nb\"", .controlCharacter, 2),
            ("\"0123456789\u{1}\"", .controlCharacter, 11), ("\"\u{0}\"", .controlCharacter, 1),
            ("\"\\x41\"", .invalidEscape, 1), ("\"\\u12g4\"", .invalidEscape, 1), ("\"\\u-123\"", .invalidEscape, 1),
            ("\"\\U0041\"", .invalidEscape, 1), ("\"\\uD800\"", .loneSurrogate, 1),
            ("\"ab\\uDC00\"", .loneSurrogate, 3),
            ("\"\\uD800\\u0041\"", .loneSurrogate, 1), ("\"\\uD800\\n\"", .loneSurrogate, 1),
            ("\"\\uDE00\\uD83D\"", .loneSurrogate, 1), ("{\"a\":1,\"a\":2}", .duplicateName, 7),
            ("{\"a\":1,\"\\u0061\":2}", .duplicateName, 7), ("{\"x\":{\"é\":1,\"é\":1}}", .duplicateName, 13),
        ] as [(String, JSONError.Kind, Int)])
    func refuses(_ text: String, _ kind: JSONError.Kind, _ offset: Int) {
        #expect(throws: JSONError(kind, byteOffset: offset)) { try parse(text) }
    }

    @Test(
        "Bytes that are not UTF-8",
        arguments: [
            ([0x80], 0), ([0x61, 0xC0, 0x80], 1), ([0xC1, 0xBF], 0), ([0xE0, 0x80, 0x80], 0), ([0xED, 0xA0, 0x80], 0),
            ([0xF0, 0x80, 0x80, 0x80], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0), ([0xFF], 0),
            ([0xC3, 0xA9, 0xC3], 2), ([0xE2, 0x82], 0), ([0xF0, 0x9F, 0x98], 0), ([0x5C, 0x6E, 0xED, 0xB0, 0x80], 2),
            ([0xC3, 0x5C, 0x6E, 0xA9], 0),
        ] as [([UInt8], Int)])
    func refusesInvalidUTF8(_ content: [UInt8], _ offset: Int) {
        #expect(throws: JSONError(.invalidUTF8, byteOffset: offset + 1)) {
            try JSONParser.parse([0x22] + content + [0x22])
        }
    }

    @Test func namesInDifferentNormalFormsAreDifferentNames() throws {
        let object = try #require(parse("{\"\u{E9}\":1,\"e\u{301}\":2}").object)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test(arguments: [2, 16, 17, 18, 40, 1_000])
    func findsADuplicateWhereverItStands(_ count: Int) throws {
        let members = (0..<count).map { "\"name\($0)\":\($0)" }
        #expect(try parse("{\(members.joined(separator: ","))}").object?.count == count)
        for place in [0, count / 2, count - 1] {
            #expect {
                try parse("{\(members.joined(separator: ",")),\"name\(place)\":0}")
            } throws: {
                ($0 as? JSONError)?.kind == .duplicateName
            }
        }
    }

    @Test func nestingStopsAtTheLimit() throws {
        func nested(_ depth: Int, _ open: String, _ inner: String, _ close: String) -> String {
            String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
        }
        _ = try parse(nested(64, "[", "", "]"))
        _ = try parse(nested(64, "{\"a\":", "1", "}"))
        #expect(throws: JSONError(.tooDeep, byteOffset: 64)) { try parse(nested(65, "[", "", "]")) }
        #expect(throws: JSONError(.tooDeep, byteOffset: 64 * 5)) { try parse(nested(65, "{\"a\":", "1", "}")) }
        #expect(throws: JSONError(.tooDeep, byteOffset: 64)) { try parse(nested(100_000, "[", "", "")) }
        #expect(throws: JSONError(.tooDeep, byteOffset: 3)) {
            try JSONParser.parse(Array("[[[[]]]]".utf8), limits: JSONLimits(depth: 3))
        }
    }

    /// Every proper prefix of a document is refused with a place inside it, and no change of one byte brings the parser
    /// down.
    @Test func survivesCutsAndChanges() throws {
        let text = Array("{\"a\":[1,-2.5e3,\"x\\u00e9\\uD83D\\uDE00é\",true,null],\"b\":{\"c\":\"\\\"\"}}".utf8)
        for end in 0..<text.count {
            #expect { try JSONParser.parse(Array(text[..<end])) } throws: {
                ($0 as? JSONError).map { $0.byteOffset <= end } ?? false
            }
        }
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[place] = byte
                guard let value = try? JSONParser.parse(changed) else { continue }
                var writer = JSONWriter()
                writer.value(value)
                #expect(try JSONParser.parse(writer.finish()) == value)
            }
        }
    }

    @Test func readsNumbersAsTheLibraryDoes() throws {
        for number in ecmaScriptNumbers {
            let value = Double(bitPattern: number.bits)
            #expect(try parse(number.text).number == value)
            #expect(try parse(value.description).number == value)
        }
        #expect(try parse("0.1234567890123456789012345").number == 0.1234567890123456789012345)
        #expect(try parse(String(repeating: "9", count: 300)).number == 1e300)
    }
}
