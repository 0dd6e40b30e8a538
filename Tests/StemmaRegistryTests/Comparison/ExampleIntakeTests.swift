import StemmaDigest
import StemmaJSON
import StemmaTesting
import Testing

@testable import StemmaRegistry

/// Examples on their way from either form into the stored file and back.
@Suite struct ExampleIntakeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let format: ExampleFormat
        let text: String
        /// `label>prediction` of each example.
        let examples: [String]
        var testDescription: String { text }

        init(_ format: ExampleFormat, _ text: String, _ examples: [String]) {
            self.format = format
            self.text = text
            self.examples = examples
        }
    }

    /// What is stored of a text that comes in pieces of that many bytes.
    static func stored(
        _ format: ExampleFormat, _ text: [UInt8], piece: Int = 65_536, limits: Limits = Limits()
    ) throws -> (bytes: [UInt8], facts: EvaluationFacts) {
        var intake = ExampleIntake(format, limits: limits)
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: piece) {
            bytes += try intake.take(Array(text[start..<min(text.count, start + piece)]))
        }
        let end = try intake.finish()
        return (bytes + end.bytes, end.facts)
    }

    /// The examples of a stored file by the names of their classes.
    static func examples(in bytes: [UInt8]) async throws -> (file: EvaluationFile, examples: [String]) {
        let blobs = MemoryBlobStore()
        let staged: any StagedBlob = try await blobs.begin(try #require(StagingID("test")))
        try await staged.append(bytes)
        let file = try await EvaluationFile(try await staged.commit(expected: nil).digest, blobs)
        var examples: [String] = []
        var chunks: EvaluationFile.Chunks = file.chunks
        while let chunk = try await chunks.next() {
            for index in chunk.labels.indices {
                let (label, prediction): (Int, Int) = (Int(chunk.labels[index]), Int(chunk.predictions[index]))
                #expect(chunk.correct[index / 8] >> UInt8(index % 8) & 1 == (label == prediction ? 1 : 0))
                examples.append(file.table.name(label) + ">" + file.table.name(prediction))
            }
        }
        return (file, examples)
    }

    static let rows: [Row] = [
        Row(.csv, "label,prediction\n1,0\n0,0\n", ["1>0", "0>0"]),
        Row(.csv, "label,prediction\r\n1,0\r\n0,0\r\n", ["1>0", "0>0"]),
        Row(.csv, "label,prediction\n1,0\r\n0,0", ["1>0", "0>0"]),
        Row(.csv, "\u{FEFF}label,prediction\n1,0\n", ["1>0"]),
        Row(.csv, "\u{FEFF}\"label\",prediction\n1,0\n", ["1>0"]),
        Row(.csv, "prediction,id,label\nb,7,a\na,8,a\n", ["a>b", "a>a"]),
        Row(.csv, "x,label,y,prediction,z\n,a,\"1,\n2\",b,\"\"\n\"q\"\"\",\"a\",,\"b\",\n", ["a>b", "a>b"]),
        Row(.csv, "label,prediction\n\"a,b\",\"say \"\"hi\"\"\"\n", ["a,b>say \"hi\""]),
        Row(.csv, "\n\r\nlabel,prediction\n\n1,0\n\r\n0,1\n\n", ["1>0", "0>1"]),
        Row(.csv, "label,prediction\nKöln,Ko\u{308}ln\n 1,1\n", ["Köln>Ko\u{308}ln", " 1>1"]),
        Row(.ndjson, "{\"label\":\"a\",\"prediction\":\"b\"}\n{\"prediction\":\"a\",\"label\":\"a\"}", ["a>b", "a>a"]),
        Row(
            .ndjson, "{\"label\":1,\"prediction\":1.0}\r\n\n{\"label\":true,\"prediction\":\"false\"}\n",
            ["1>1", "true>false"]),
        Row(
            .ndjson, "{\"id\":1,\"label\":-0.0,\"prediction\":-7}\n{\"id\":\"x\",\"label\":1e3,\"prediction\":\"é\"}\n",
            ["0>-7", "1000>é"]),
    ]

    @Test(arguments: rows) func takesWhatItShould(_ row: Row) async throws {
        let text: [UInt8] = Array(row.text.utf8)
        let whole = try ExampleIntakeTests.stored(row.format, text)
        let found = try await ExampleIntakeTests.examples(in: whole.bytes)
        #expect(found.examples.map { Array($0.utf8) } == row.examples.map { Array($0.utf8) })
        #expect(whole.facts.examples == row.examples.count)
        for piece in 1...5 {
            let cut = try ExampleIntakeTests.stored(row.format, text, piece: piece)
            #expect(cut.bytes == whole.bytes && cut.facts.examplesDigest == whole.facts.examplesDigest, "\(piece)")
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let format: ExampleFormat
        let text: [UInt8]
        let pointers: [String]
        let detail: String
        var testDescription: String { String(decoding: text, as: UTF8.self) }

        init(_ format: ExampleFormat, _ text: String, _ pointers: [String], _ detail: String) {
            self.init(format, Array(text.utf8), pointers, detail)
        }

        init(_ format: ExampleFormat, _ text: [UInt8], _ pointers: [String], _ detail: String) {
            self.format = format
            self.text = text
            self.pointers = pointers
            self.detail = detail
        }
    }

    static let faults: [Fault] = [
        Fault(.csv, "", ["/lines/1"], "no header"),
        Fault(.csv, "label,prediction\n", ["/lines/1"], "no examples"),
        Fault(.csv, "label\n1\n", ["/lines/1/prediction"], "no column prediction"),
        Fault(.csv, "label,prediction,label\n1,0,1\n", ["/lines/1/label"], "2 times"),
        Fault(.csv, "Label,prediction\n1,0\n", ["/lines/1/label"], "write label"),
        Fault(.csv, "label,prediction, ID\n1,0,3\n", ["/lines/1/id"], "write id"),
        Fault(.csv, "label,prediction\n1,0\n1\n1,0,2\n", ["/lines/3", "/lines/4"], "has 1 fields"),
        Fault(.csv, "x,label,prediction\n1,0,1\nabc\r\n", ["/lines/3"], "has 1 fields"),
        Fault(.csv, "label,prediction\n1,\n,1\n", ["/lines/2/prediction", "/lines/3/label"], "must not be empty"),
        Fault(.csv, "label,prediction,id\n1,1,\n", ["/lines/2/id"], "must not be empty"),
        Fault(.csv, "label,prediction\n1,a\"b\n", ["/lines/2"], "must be quoted"),
        Fault(.csv, "label,prediction\n1,\"a\"b\n", ["/lines/2"], "closing quote"),
        Fault(.csv, "label,prediction\n1,\"a\n\n", ["/lines/2"], "not closed"),
        Fault(.csv, "label,prediction\n1,a\rb\n", ["/lines/2"], "carriage return"),
        Fault(.csv, "label,prediction\n1,a\r", ["/lines/2"], "carriage return"),
        Fault(.csv, "x,label,prediction\n\"1\n2\",a,b\n,\"a\nb\",c\n", ["/lines/4/label"], "control characters"),
        Fault(.csv, Array("label,prediction\n1,".utf8) + [0xFF, 0x0A], ["/lines/2/prediction"], "not UTF-8"),
        Fault(.csv, [0xEF, 0xBB, 0x80, 0x0A], ["/lines/1/label"], "no column label"),
        Fault(.ndjson, "", ["/lines/1"], "no examples"),
        Fault(
            .ndjson, "{\"label\":1,\"prediction\":1}\n\n[1]\n{}\n", ["/lines/3", "/lines/4/label"], "must be an object"),
        Fault(.ndjson, "{\"label\":1,\"prediction\":1}\n{\"label\":1,\n", ["/lines/2"], "not acceptable JSON"),
        Fault(.ndjson, "{\"label\":1.5,\"prediction\":1}\n", ["/lines/1/label"], "whole number"),
        Fault(.ndjson, "{\"label\":1,\"prediction\":null}\n", ["/lines/1/prediction"], "found null"),
        Fault(.ndjson, "{\"label\":1,\"prediction\":1,\"score\":0.5}\n", ["/lines/1/score"], "unknown field"),
        Fault(
            .ndjson, "{\"label\":1,\"prediction\":1}\n{\"label\":1,\"prediction\":1,\"id\":2}\n", ["/lines/2/id"],
            "for all examples or for none"),
    ]

    @Test(arguments: faults) func namesTheLinesThatItRefuses(_ fault: Fault) {
        for piece in [1, 2, 7, 65_536] {
            do {
                _ = try ExampleIntakeTests.stored(fault.format, fault.text, piece: piece)
                Issue.record("nothing was refused")
            } catch let error as StemmaError {
                #expect(error.code == .validationFailed)
                #expect(error.faults.map(\.pointer) == fault.pointers, "\(error)")
                #expect(error.faults.first?.detail.contains(fault.detail) == true, "\(error)")
            } catch {
                Issue.record("\(error)")
            }
        }
    }

    @Test func limitsEndTheReadingWithTheirLine() throws {
        var limits = Limits()
        limits.evaluationExamples = 3
        limits.evaluationClasses = 2
        limits.evaluationLabelBytes = 4
        limits.evaluationLineBytes = 60
        limits.evaluationFaults = 2
        func faults(_ format: ExampleFormat, _ text: String) -> [StemmaError.Fault] {
            do {
                _ = try ExampleIntakeTests.stored(format, Array(text.utf8), piece: 3, limits: limits)
                return []
            } catch {
                return (error as? StemmaError)?.faults ?? []
            }
        }
        let head: String = "label,prediction,x\n"
        #expect(faults(.csv, head + "a,b,\na,b,\na,b,\n").isEmpty)
        #expect(faults(.csv, head + "a,b,\na,b,\na,b,\na,b,\n").map(\.pointer) == ["/lines/5"])
        #expect(faults(.csv, head + "a,b,\na,c,\n").map(\.pointer) == ["/lines/3/prediction"])
        #expect(faults(.csv, head + "a,12345,\n").map(\.detail) == ["line 2: prediction must have at most 4 bytes"])
        let long = String(repeating: "x", count: 60)
        #expect(faults(.csv, head + "a,b,\na,b,\(long)\n").map(\.pointer) == ["/lines/3"])
        #expect(faults(.csv, String(repeating: "x", count: 61)).map(\.pointer) == ["/lines/1"])
        #expect(faults(.ndjson, "\n" + String(repeating: " ", count: 61)).map(\.pointer) == ["/lines/2"])
        #expect(faults(.csv, head + "a\nb\nc\nd\n").map(\.pointer) == ["/lines/2", "/lines/3"])
        #expect(faults(.csv, head + "a\nb,a,\nc\n").count == 2)
    }

    @Test func bothFormsOfTheSameExamplesAreStoredAlike() throws {
        let csv = try ExampleIntakeTests.stored(.csv, Array("id,label,prediction,note\n1,1,0,x\n2,0,0,\n".utf8))
        let lines: String =
            "{\"id\":1,\"label\":1,\"prediction\":0}\n{\"id\":\"2\",\"label\":0.0,\"prediction\":\"0\"}\n"
        let ndjson = try ExampleIntakeTests.stored(.ndjson, Array(lines.utf8))
        #expect(csv.bytes == ndjson.bytes)
        #expect(csv.facts.examplesDigest == ndjson.facts.examplesDigest)
    }

    /// The digest as its documentation says, over bytes put together by hand.
    @Test func theExamplesDigestIsWhatItIsSaidToBe() throws {
        func digest(_ text: String) throws -> Digest {
            try ExampleIntakeTests.stored(.csv, Array(text.utf8)).facts.examplesDigest
        }
        let none: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        let domain: [UInt8] = Array("stemma-examples-1".utf8)
        let plain: Digest = try digest("label,prediction\nyes,no\nn,n\n")
        #expect(
            plain == SHA256Hasher.digest(domain + none + [3, 0, 0, 0] + Array("yes".utf8) + none + [1, 0, 0, 0, 0x6E]))
        #expect(plain == EvaluationEncoder.digest(ofLabels: ["yes", "n"]))
        let named: Digest = try digest("label,prediction,id\nn,n,7\n")
        #expect(named == SHA256Hasher.digest(domain + [1, 0, 0, 0, 0x37, 1, 0, 0, 0, 0x6E]))
        // Predictions are no part of it; labels, ids and their order are.
        #expect(try digest("label,prediction\nyes,yes\nn,yes\n") == plain)
        #expect(try digest("label,prediction\nn,n\nyes,no\n") != plain)
        let first: Digest = try digest("id,label,prediction\n1,x,x\n2,x,y\n")
        #expect(try digest("id,label,prediction\n2,x,y\n1,x,x\n") != first)
    }

    /// More than one chunk, more classes than a byte tells apart, and counts that fit.
    @Test func manyExamplesOfManyClassesComeBack() async throws {
        var random = SeededRandom()
        var wanted: [String] = []
        var text: String = "prediction,label\n"
        for index in 0..<70_000 {
            // Few classes in the first chunk, so that widths differ.
            let classes: Int = index < 65_536 ? 200 : 1_000
            let label: Int = Int.random(in: 0..<classes, using: &random)
            let prediction: Int = Bool.random(using: &random) ? label : Int.random(in: 0..<classes, using: &random)
            text += "c\(prediction),c\(label)\n"
            wanted.append("c\(label)>c\(prediction)")
        }
        let stored = try ExampleIntakeTests.stored(.csv, Array(text.utf8), piece: 10_007)
        let found = try await ExampleIntakeTests.examples(in: stored.bytes)
        #expect(found.examples == wanted)
        #expect(stored.bytes.count < 3 * 70_000 + 100_000)
        var counts = ClassCounts(classes: found.file.table.count)
        for example in wanted {
            let parts: [Substring] = example.split(separator: ">")
            let numbers: [Int] = try parts.map { try #require(found.file.table.number(of: Array($0.utf8))) }
            counts.add(label: numbers[0], prediction: numbers[1])
        }
        #expect(found.file.counts == counts && stored.facts.correct == counts.right)
        let summary: JSONValue = .object(try StoredJSON.object(stored.facts.summary))
        #expect(summary["per_class"]?.isNull == true && summary["confusion"]?.isNull == true)
        #expect(summary["metrics"]?["accuracy"]?.number == Double(counts.right) / 70_000)
    }

    /// Whatever became of the file, reading it ends with an error and not with the daemon.
    @Test func damagedFilesAreRefused() async throws {
        let good: [UInt8] = try ExampleIntakeTests.stored(.csv, Array("label,prediction\na,b\nb,b\n".utf8)).bytes
        var rows: [[UInt8]] = [[], Array(good.dropLast()), Array(good.dropFirst()), good + [0]]
        for index in [0, 8, 12, good.count - 1, good.count - 16, good.count - 12] {
            var bytes: [UInt8] = good
            bytes[index] ^= 0x41
            rows.append(bytes)
        }
        // The number of a chunk's examples, the width of codes, a code, the number of classes, the length of a name.
        for index in [16, 20, 24, 29, 33] {
            var bytes: [UInt8] = good
            bytes[index] = 0x77
            rows.append(bytes)
        }
        for bytes in rows {
            await expectRefusal(.blobCorrupt) { _ = try await ExampleIntakeTests.examples(in: bytes) }
        }
        #expect(try await ExampleIntakeTests.examples(in: good).examples == ["a>b", "b>b"])
        await expectRefusal(.blobCorrupt) {
            _ = try await EvaluationFile(SHA256Hasher.digest([1]), MemoryBlobStore())
        }
    }
}
