import StemmaRegistry
import StemmaTesting
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("2024-01-15T10:00:00.000Z", 1_705_312_800_000),
            ("2024-01-15t10:00:00z", 1_705_312_800_000), ("2024-01-15 10:00:00Z", 1_705_312_800_000),
            ("2024-01-15T12:30:00+02:30", 1_705_312_800_000), ("2024-01-15T05:00:00-05:00", 1_705_312_800_000),
            ("2024-01-15T10:00:00.5Z", 1_705_312_800_500), ("2024-01-15T10:00:00.123999999Z", 1_705_312_800_123),
            ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29", 951_782_400_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2024", "2024-01", "2024-1-15", "24-01-15", "2024-00-10", "2024-13-01", "2024-01-00", "2024-01-32",
        "2023-02-29", "1900-02-29", "2100-02-29", "2024-04-31", "0000-01-01", "2024-01-15T", "2024-01-15T10:00:00",
        "2024-01-15T10:00Z", "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z", "2024-01-15T10:00:61Z",
        "2024-01-15T10:00:00.Z", "2024-01-15T10:00:00,5Z", "2024-01-15T10:00:00+0200", "2024-01-15T10:00:00+24:00",
        "2024-01-15T10:00:00+02:60", "2024-01-15T10:00:00ZZ", "2024-01-15T10:00:00Z ", " 2024-01-15",
        "2024-01-15T10:00:00+2:00",
        "+024-01-15", "2024-01-15x10:00:00Z", "２０２４-01-15", "2024-01-15T-1:00:00Z", "20240115T100000Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    /// An offset must not carry a time out of the years that four digits can write.
    @Test(arguments: ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z"])
    func refusesWhatAnOffsetCarriesOutOfRange(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func writesMilliseconds() {
        #expect(Timestamp(milliseconds: 7).description == "1970-01-01T00:00:00.007Z")
        #expect(Timestamp(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: 951_782_400_000).description == "2000-02-29T00:00:00.000Z")
    }

    @Test func comesBackFromItsText() {
        var random = SeededRandom()
        for _ in 0..<5_000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(moment.description) == moment, "seed \(random.seed)")
        }
    }

    @Test func textOrderIsTimeOrder() {
        var random = SeededRandom()
        for _ in 0..<1_000 {
            let left = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            let right = left.adding(milliseconds: Int64.random(in: 1...1_000, using: &random))
            guard right.milliseconds <= 253_402_300_799_999 else { continue }
            #expect(left < right)
            #expect(left.description < right.description, "seed \(random.seed)")
        }
    }
}
