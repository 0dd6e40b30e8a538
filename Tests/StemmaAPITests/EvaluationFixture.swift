import StemmaHTTP
import StemmaJSON
import StemmaTesting
import Testing

extension JSONValue {
    /// The elements of an array of numbers.
    var numbers: [Double]? { array?.compactMap(\.number) }
}

/// Evaluations as clients send them.
extension APIHarness {
    enum Examples {
        case csv(String)
        case ndjson(String)

        var type: String {
            switch self {
            case .csv: "text/csv"
            case .ndjson: "application/x-ndjson"
            }
        }

        var bytes: [UInt8] {
            switch self {
            case .csv(let text), .ndjson(let text): Array(text.utf8)
            }
        }

        /// CSV of labels and predictions, with ids where they are given.
        static func csv(_ labels: [String], _ predictions: [String], ids: [String]? = nil) -> Examples {
            var text: String = ids == nil ? "label,prediction\n" : "label,prediction,id\n"
            for index in labels.indices {
                text += labels[index] + "," + predictions[index] + (ids.map { "," + $0[index] } ?? "") + "\n"
            }
            return .csv(text)
        }
    }

    /// Sends an evaluation of a version of `m`.
    func evaluate(
        _ version: String, on dataset: String = "holdout", _ examples: Examples, digest: String? = nil,
        piece: Int = 65_536,
        token: Token = .admin, _ fields: [(String, String)] = []
    ) async -> Reply {
        let query: String = digest.map { "?dataset_digest=" + $0 } ?? ""
        return await ask(
            .put, "/v1/models/m/versions/\(version)/evaluations/\(dataset)" + query, token: token,
            [("content-type", examples.type)] + fields, body: .bytes(examples.bytes, piece: piece))
    }

    /// Compares with a JSON body.
    func compare(_ json: String, token: Token = .admin) async -> Reply {
        await send(.post, "/v1/comparisons", json, token: token)
    }
}
