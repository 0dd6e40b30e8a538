import Foundation
import StemmaJSON
import StemmaStatistics
import Testing

/// The committed table of 1,000 cases with the values of scipy and statsmodels: every value agrees to 1e-9 of itself.
@Suite struct ReferenceTableTests {
    @Test func everyCaseAgrees() throws {
        let cases: [JSONValue] = try Self.table()
        #expect(cases.count == 1_000)
        var seen: [String: Int] = [:]
        for (index, one) in cases.enumerated() {
            let kind: String = try #require(one["kind"]?.string)
            let given = try #require(one["given"])
            let expected = try #require(one["expected"]?.object)
            let found: [String: Found] = try Self.compute(kind, given)
            seen[kind, default: 0] += 1
            for member in expected.members {
                let value: Found = try #require(found[member.name], "\(kind) has no \(member.name)")
                #expect(value.agrees(with: member.value), "case \(index) \(one): \(member.name) is \(value)")
            }
        }
        #expect(
            seen == ["mcnemar": 200, "paired": 150, "two_proportions": 250, "welch": 250, "holm": 100, "plan": 50])
    }

    private static func table() throws -> [JSONValue] {
        let folder: URL = URL(filePath: #filePath).deletingLastPathComponent()
        let bytes: [UInt8] = Array(try Data(contentsOf: folder.appending(path: "Reference/statistics.json")))
        return try #require(try JSONParser.parse(bytes)["cases"]?.array)
    }

    private enum Found: CustomStringConvertible {
        case number(Double)
        case numbers([Double])
        case text(String)

        var description: String {
            switch self {
            case .number(let value): "\(value)"
            case .numbers(let values): "\(values)"
            case .text(let text): text
            }
        }

        func agrees(with expected: JSONValue) -> Bool {
            switch self {
            case .text(let text): return expected.string == text
            case .number(let value): return expected.number.map { Self.close(value, $0) } ?? false
            case .numbers(let values):
                guard let wanted = expected.array, wanted.count == values.count else { return false }
                return zip(values, wanted).allSatisfy { value, one in one.number.map { Self.close(value, $0) } ?? false
                }
            }
        }

        /// The floor serves exact zeros and what is too small for a full-precision double.
        private static func close(_ value: Double, _ expected: Double) -> Bool {
            abs(value - expected) <= max(1e-9 * abs(expected), 1e-300)
        }
    }

    private static func compute(_ kind: String, _ given: JSONValue) throws -> [String: Found] {
        func number(_ name: String) throws -> Double { try #require(given[name]?.number) }
        func whole(_ name: String) throws -> Int { Int(try #require(given[name]?.integer)) }
        switch kind {
        case "mcnemar":
            let result = McNemar.test(onlyA: try whole("only_a"), onlyB: try whole("only_b"))
            return [
                "method": .text(result.method.rawValue), "statistic": .number(result.statistic),
                "p_value": .number(result.pValue),
            ]
        case "paired":
            let (a, b, pairs): (Int, Int, Int) = (try whole("only_a"), try whole("only_b"), try whole("pairs"))
            let interval = PairedProportions.interval(onlyA: a, onlyB: b, pairs: pairs, level: try number("level"))
            return [
                "difference": .number(PairedProportions.difference(onlyA: a, onlyB: b, pairs: pairs)),
                "lower": .number(interval.lower), "upper": .number(interval.upper),
            ]
        case "two_proportions":
            let result = TwoProportions.test(
                successesA: try whole("successes_a"), trialsA: try whole("trials_a"),
                successesB: try whole("successes_b"), trialsB: try whole("trials_b"), level: try number("level"))
            return [
                "difference": .number(result.difference), "z": .number(result.z), "p_value": .number(result.pValue),
                "p_greater": .number(result.pValueGreater), "p_less": .number(result.pValueLess),
                "lower": .number(result.interval.lower), "upper": .number(result.interval.upper),
            ]
        case "welch":
            let result = Welch.test(
                meanA: try number("mean_a"), deviationA: try number("deviation_a"), nA: try whole("n_a"),
                meanB: try number("mean_b"), deviationB: try number("deviation_b"), nB: try whole("n_b"),
                level: try number("level"))
            return [
                "t": .number(result.t), "degrees": .number(result.degreesOfFreedom), "p_value": .number(result.pValue),
                "p_greater": .number(result.pValueGreater), "p_less": .number(result.pValueLess),
                "lower": .number(result.interval.lower), "upper": .number(result.interval.upper),
            ]
        case "holm":
            let values: [Double] = try #require(given["p_values"]?.array).map { try #require($0.number) }
            return ["adjusted": .numbers(Holm.adjusted(values))]
        case "plan":
            let plan = TestPlan(
                significance: try number("significance"), power: try number("power"),
                alternative: try #require(TestPlan.Alternative(rawValue: given["alternative"]?.string ?? "")),
                ratio: try number("ratio"))
            return [
                "proportions": .number(
                    TwoProportionsPlan.exactSize(a: try number("a"), b: try number("b"), plan)),
                "means": .number(
                    TwoMeansPlan.exactSize(
                        difference: try number("difference"), deviationA: try number("deviation_a"),
                        deviationB: try number("deviation_b"), plan)),
            ]
        default: return [:]
        }
    }
}
