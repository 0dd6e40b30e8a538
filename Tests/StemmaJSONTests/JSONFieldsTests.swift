import StemmaJSON
import Testing

@Suite struct JSONFieldsTests {
    private enum Bump: String, CaseIterable { case major, minor, patch }

    private func faults(_ text: String, _ read: (JSONFields) -> Void) throws -> [String] {
        let faults = FaultCollector()
        let fields = JSONFields(try JSONParser.parse(Array(text.utf8)), faults: faults)
        read(fields)
        fields.finish()
        return faults.faults.map { "\($0.pointer): \($0.detail)" }
    }

    @Test func readsWhatIsThere() throws {
        let text = #"""
            {"name":"m","count":5,"whole":5.0,"share":0.5,"flag":true,"list":["a","b"],"bump":"minor",
            "nothing":null,
            "inner":{"rows":7},"items":[{"k":1},{"k":2}],
            "tags":{"b":"2","a":"1"},"metrics":{"auc":0.9,"n":3},"free":{"x":[1]}}
            """#
        let found = try faults(text) { fields in
            #expect(fields.requiredString("name") == "m")
            #expect(fields.integer("count", range: 0...10) == 5)
            #expect(fields.integer("whole") == 5)
            #expect(fields.number("share", range: 0...1) == 0.5)
            #expect(fields.bool("flag") == true)
            #expect(fields.stringArray("list") == ["a", "b"])
            #expect(fields.choice("bump", as: Bump.self) == .minor)
            #expect(fields.has("nothing") && fields.isNull("nothing") && fields.string("nothing") == nil)
            #expect(fields.object("inner")?.integer("rows") == 7)
            #expect(fields.objectArray("items")?.compactMap { $0.integer("k") } == [1, 2])
            #expect(fields.stringMap("tags")?.map(\.name) == ["b", "a"])
            #expect(fields.numberMap("metrics")?.map(\.value) == [0.9, 3])
            #expect(fields.freeObject("free") == ["x": [1]])
            #expect(fields.string("absent") == nil && fields.object("absent") == nil && !fields.has("absent"))
        }
        #expect(found == [])
    }

    @Test func namesTheExpectedAndTheFound() throws {
        let text = #"""
            {"name":7,"empty":"","long":"abcdef","nul":"a\u0000b","count":"5",
            "half":2.5,"far":11,"low":-1,"high":11,"share":1.5,"flag":1,
            "list":[1,"a",null],"bump":"huge","inner":[],"tags":{"a":1,"":"x"},"many":[1,2,3]}
            """#
        let found = try faults(text) { fields in
            _ = fields.requiredString("name")
            _ = fields.requiredString("empty")
            _ = fields.string("long", maxBytes: 5)
            _ = fields.string("nul")
            _ = fields.integer("count")
            _ = fields.integer("half")
            _ = fields.integer("far", range: 0...10)
            _ = fields.integer("low", range: 0...Int64.max)
            _ = fields.integer("high", range: Int64.min...10)
            _ = fields.number("share", range: 0...1)
            _ = fields.bool("flag")
            #expect(fields.stringArray("list") == ["a"])
            _ = fields.choice("bump", as: Bump.self)
            _ = fields.object("inner")?.requiredString("never reported")
            _ = fields.stringMap("tags")
            _ = fields.array("many", maxCount: 2)
        }
        #expect(
            found == [
                "/name: must be a string, found an integer", "/empty: must not be empty",
                "/long: must have at most 5 bytes of UTF-8, found 6", "/nul: must not contain the character U+0000",
                "/count: must be an integer, found a string", "/half: must be an integer, found the number 2.5",
                "/far: must be between 0 and 10, found 11", "/low: must be at least 0, found -1",
                "/high: must be at most 10, found 11", "/share: must be between 0 and 1, found 1.5",
                "/flag: must be true or false, found an integer", "/list/0: must be a string, found an integer",
                "/list/2: must be a string, found null", "/bump: must be one of major, minor, patch",
                "/inner: must be an object, found an array", "/tags/a: must be a string, found an integer",
                "/tags/: the name must have 1 to 256 bytes of UTF-8 and no U+0000",
                "/many: must have at most 2 elements, found 3",
            ])
    }

    @Test func reportsMissingAndUnknownMembers() throws {
        let found = try faults(#"{"null":null,"inner":{"a/b":1,"k":1},"items":[{},{"z":1}],"extra":1}"#) { fields in
            _ = fields.requiredString("name")
            _ = fields.requiredInteger("null")
            _ = fields.object("inner")?.integer("k")
            for item in fields.objectArray("items") ?? [] { _ = item.requiredBool("on") }
        }
        #expect(
            found == [
                "/name: is required", "/null: is required and must not be null", "/items/0/on: is required",
                "/items/1/on: is required", "/extra: unknown field", "/inner/a~1b: unknown field",
                "/items/1/z: unknown field",
            ])
    }

    @Test func aDocumentThatIsNoObjectIsOneFault() throws {
        #expect(try faults("[]") { _ = $0.requiredString("name") } == [": must be an object, found an array"])
    }

    @Test func manyFaultsAreCounted() throws {
        let faults = FaultCollector(limit: 10)
        let members = (0..<1_000).map { JSONObject.Member(name: "unknown\($0)", value: 1) }
        let fields = JSONFields(.object(JSONObject(members)), faults: faults)
        #expect(fields.integer("unknown999") == 1)
        fields.finish()
        #expect(faults.faults.count == 10 && faults.omittedCount == 989)
        faults.add("/x", "y")
        let long = FaultCollector()
        long.add("/" + String(repeating: "é", count: 5_000), "unknown field")
        #expect(long.faults[0].pointer.utf8.count < 1_040)
    }
}
