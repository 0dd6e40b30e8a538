import StemmaJSON
import StemmaTesting
import Testing

@Suite struct JSONWriterTests {
    @Test func writesMembersAndElements() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("text", "a\"b\\c\n\u{1}é😀")
            writer.field("count", 3)
            writer.field("big", Int64.min)
            writer.field("share", 0.1)
            writer.field("whole", 5.0)
            writer.field("huge", 1e21)
            writer.field("flag", false)
            writer.field("absent", nil as String?)
            writer.field("list", ["x", "y"])
            writer.field("empty", [] as [String])
            writer.field("value", ["k": [1, nil]] as JSONValue)
            writer.field("fragment", raw: Array("{\"pre\":1}".utf8))
            writer.field("noFragment", raw: nil)
            writer.key("inner")
            writer.array { writer in
                writer.object { _ in }
                writer.value(true)
                writer.null()
                writer.raw("[0]")
                writer.value(-7)
            }
        }
        let expected =
            #"{"text":"a\"b\\c\n\u0001é😀","count":3,"big":-9223372036854775808,"share":0.1,"whole":5,"huge":1e+21,"#
            + #""flag":false,"absent":null,"list":["x","y"],"empty":[],"value":{"k":[1,null]},"fragment":{"pre":1},"#
            + #""noFragment":null,"inner":[{},true,null,[0],-7]}"#
        #expect(writer.finishedText() == expected)
    }

    @Test func writesLines() {
        var writer = JSONWriter()
        for number in 1...3 {
            writer.object { $0.field("n", number) }
            writer.endLine()
        }
        #expect(writer.finishedText() == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n")
    }

    @Test func integersOfEachLength() {
        var power: Int64 = 1
        for _ in 0..<18 {
            for value in [power - 1, power, -power, power + 1] {
                var writer = JSONWriter()
                writer.value(value)
                #expect(writer.finishedText() == String(value))
            }
            power *= 10
        }
    }

    @Test func whatIsNotFiniteIsNull() {
        var writer = JSONWriter()
        writer.value(Double.nan)
        writer.value(-Double.infinity)
        #expect(writer.finishedText() == "null,null")
    }

    /// Random values survive writing and reading, in compact and (but for the class of numbers) in canonical form.
    @Test func roundTrips() throws {
        var random = SeededRandom()
        for _ in 0..<500 {
            let value = randomValue(depth: 0, &random)
            var writer = JSONWriter()
            writer.value(value)
            let read = try JSONParser.parse(writer.finish())
            let canonical = CanonicalJSON.encode(value)
            #expect(CanonicalJSON.encode(read) == canonical, "seed \(random.seed)")
            #expect(CanonicalJSON.encode(try JSONParser.parse(canonical)) == canonical, "seed \(random.seed)")
        }
    }

    private func randomValue(depth: Int, _ random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0...(depth < 4 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(.random(in: -(1 << 53)...(1 << 53), using: &random))
        case 3:
            let double = Double(bitPattern: .random(in: 0...UInt64.max, using: &random))
            return .double(double.isFinite ? double : 0.5)
        case 4, 5: return .string(randomText(&random))
        case 6:
            return .array(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in randomValue(depth: depth + 1, &random) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                object.set(randomText(&random), randomValue(depth: depth + 1, &random))
            }
            return .object(object)
        }
    }

    private func randomText(_ random: inout SeededRandom) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "\u{301}", "€", "\u{FB33}", "😀",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.unicodeScalars.append(scalars.randomElement(using: &random)!)
        }
        return text
    }
}
