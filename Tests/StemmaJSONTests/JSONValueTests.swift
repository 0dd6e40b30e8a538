import StemmaJSON
import Testing

@Suite struct JSONValueTests {
    @Test func equalityIgnoresTheOrderOfMembers() {
        let one: JSONValue = ["a": 1, "b": ["c": [true], "d": nil]]
        let other: JSONValue = ["b": ["d": nil, "c": [true]], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1, "b": ["c": [true], "d": false]])
        #expect(one != ["a": 1])
        #expect(JSONValue.array([1, 2]) != [2, 1])
    }

    @Test func numbersAreEqualWhenTheyDenoteTheSame() {
        #expect(JSONValue.integer(1) == .double(1))
        #expect(Set<JSONValue>([.integer(0), .double(0), .double(-0.0)]).count == 1)
        #expect(JSONValue.integer(1) != .double(1.5))
        #expect(JSONValue.integer(.max) != .double(9_223_372_036_854_775_808))
        #expect(JSONValue.integer(.min) == .double(-9_223_372_036_854_775_808))
        #expect(JSONValue.integer(9_007_199_254_740_993) != .double(9_007_199_254_740_992))
    }

    @Test func stringsAreComparedByBytes() {
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
        #expect(JSONValue.object(["\u{E9}": 1]) != ["e\u{301}": 1])
        #expect(Set([JSONValue.string("\u{E9}"), .string("e\u{301}")]).count == 2)
        #expect(ExactText.precedes("a", "b") && !ExactText.precedes("a", "a") && ExactText.precedes("\u{FB33}", "😀"))
    }

    @Test func accessors() {
        let value: JSONValue = ["s": "x", "i": 3, "d": 0.5, "b": true, "n": nil, "a": [1], "o": ["k": "v"]]
        #expect(value["s"]?.string == "x")
        #expect(value["i"]?.integer == 3 && value["i"]?.number == 3)
        #expect(value["d"]?.number == 0.5 && value["d"]?.integer == nil)
        #expect(value["b"]?.bool == true)
        #expect(value["n"]?.isNull == true && value["absent"] == nil)
        #expect(value["a"]?.array == [1])
        #expect(value["o"]?["k"] == "v" && value["s"]?["k"] == nil)
        #expect(value["o"]?.description == #"{"k":"v"}"#)
    }

    @Test func objectsAreChangedInPlace() {
        var object: JSONObject = ["a": 1, "b": 2]
        object.set("a", 3)
        object.set("c", 4)
        #expect(object.remove("b") == 2)
        #expect(object.remove("b") == nil)
        #expect(object.members.map(\.name) == ["a", "c"])
        #expect(object["a"] == 3)
    }

    /// RFC 7396 appendix A.
    @Test(
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func mergePatch(_ target: String, _ patch: String, _ expected: String) throws {
        let result = try JSONParser.parse(Array(target.utf8)).mergePatch(try JSONParser.parse(Array(patch.utf8)))
        #expect(result.description == expected)
    }

    @Test func pointers() {
        #expect(JSONPointer.appending("a/b~c", to: "") == "/a~1b~0c")
        #expect(JSONPointer.appending("", to: "/x") == "/x/")
        #expect(JSONPointer.appending(3, to: "/x") == "/x/3")
    }
}
