import Glibc
import Logging
import StemmaConfiguration
import Testing

@Suite("Log", .timeLimit(.minutes(1)))
struct LogTests {
    /// What a logger writes, without the time at the start of each line.
    private func lines(_ format: LogFormat, level: Logger.Level = .trace, _ body: (inout Logger) -> Void) throws
        -> [String]
    {
        let directory = try TemporaryDirectory()
        let path: String = try directory.write("", to: "log")
        let descriptor: Int32 = open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let sink = LogSink(descriptor: descriptor, format: format)
        var logger: Logger = StemmaLogHandler.logger("test", sink: sink, level: level)
        body(&logger)
        #expect(sink.flush(timeoutMilliseconds: 10_000))
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count: Int = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return try text.split(separator: "\n").map { line in
            let pattern = #/(\{"time":")?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(",| )/#
            return String(
                try #require(line.prefixMatch(of: pattern) != nil ? line : nil).replacing(
                    pattern, with: "", maxReplacements: 1))
        }
    }

    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    @Test("JSON lines")
    func json() throws {
        let lines: [String] = try lines(.json, level: .info) { logger in
            logger.debug("unseen")
            logger.info("started")
            logger[metadataKey: "listener"] = "a"
            logger.warning(
                "odd",
                metadata: [
                    "request_id": "r-1", "count": .stringConvertible(5), "ok": .stringConvertible(true),
                    "list": ["x", "y"], "nested": ["k": "v"], "share": .stringConvertible(0.5),
                ])
            logger.error("failed", error: Broken(description: "disk \"full\""))
        }
        #expect(
            lines == [
                #""level":"info","message":"started"}"#,
                #""level":"warning","message":"odd","request_id":"r-1","metadata":{"count":5,"list":["x","y"],"#
                    + #""listener":"a","nested":{"k":"v"},"ok":true,"share":"0.5"}}"#,
                #""level":"error","message":"failed","metadata":{"listener":"a"},"error":"disk \"full\""}"#,
            ])
    }

    @Test("text lines")
    func text() throws {
        let lines: [String] = try lines(.text) { logger in
            logger.notice("started up", metadata: ["request_id": "r-1", "path": "/a b", "empty": "", "trick": "a=b"])
            logger.error("failed", error: Broken(description: "no"))
        }
        #expect(
            lines == [
                #"notice started up empty="" path="/a b" request_id=r-1 trick="a=b""#, "error failed error=no",
            ])
    }

    /// What a client may send to forge a line, to move the cursor, or to turn the text around.
    static let hostile: [String] = [
        "a\nb", "a\r\nb", "\u{1B}[2J", "\u{9B}31m", "a\u{7F}", "a\u{0}b", "a\u{2028}b", "a\u{202E}b", "a\u{85}b",
        "\u{FEFF}",
        "\"}\n{\"level\":\"info\"", "\\n", "\u{2066}x",
    ]

    @Test("client text forges nothing", arguments: hostile, LogFormat.allCases)
    func forgery(_ text: String, _ format: LogFormat) throws {
        let lines: [String] = try lines(format) { logger in
            logger.info(
                "\(text)", metadata: ["request_id": "\(text)", "k\(text)": "\(text)", "l": [["m\(text)": "\(text)"]]])
            logger.error("x", error: Broken(description: text))
        }
        #expect(lines.count == 2)
        for scalar in lines.joined().unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value), "\(scalar.value)")
            #expect(!(0x2028...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value))
        }
    }

    @Test("tokens are taken out wherever they are", arguments: LogFormat.allCases)
    func redaction(_ format: LogFormat) throws {
        let secret: String = "stm_" + String(repeating: "aB9-_", count: 9)
        let lines: [String] = try lines(format) { logger in
            logger.info(
                "bearer \(secret).",
                metadata: [
                    "request_id": "\(secret)", "target": "/v1?token=\(secret)&x", "\(secret)": "x",
                    "list": ["\(secret)"],
                    "nested": ["k": "\(secret)"], "value": .stringConvertible(Broken(description: secret)),
                ])
            logger.error("x", error: Broken(description: secret))
        }
        #expect(!lines.joined().contains("aB9"))
        #expect(lines.joined().split(separator: "stm_[redacted]", omittingEmptySubsequences: false).count == 9)
    }

    @Test(
        "what is redacted",
        arguments: [
            ("stm_a", "stm_[redacted]"), ("stm_", "stm_"), ("stm_ stm_x", "stm_ stm_[redacted]"), ("stm", "stm"),
            ("", ""),
            ("xstm_ab-c_d.e", "xstm_[redacted].e"), ("stm_stm_x stm_y", "stm_[redacted] stm_[redacted]"),
            ("ä stm_ä stm_bä", "ä stm_ä stm_[redacted]ä"), ("stm_[redacted]", "stm_[redacted]"),
        ])
    func redacted(_ text: String, _ expected: String) {
        #expect(Redaction.apply(text) == expected)
    }

    @Test("long texts are cut")
    func cut() throws {
        let lines: [String] = try lines(.text) { $0.info("\(String(repeating: "x", count: 100_000))") }
        #expect(lines[0].utf8.count < 17_000)
        #expect(lines[0].hasSuffix("...[cut]"))
    }

    @Test("a reader that stalls blocks nobody, and is told what it missed")
    func stalledReader() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let sink = LogSink(descriptor: ends[1], format: .json, pendingMaxBytes: 200_000)
        let logger: Logger = StemmaLogHandler.logger("test", sink: sink, level: .info)
        let line = String(repeating: "x", count: 1_000)
        for _ in 0..<1_000 { logger.info("\(line)") }
        #expect(!sink.flush(timeoutMilliseconds: 10))
        var text: String = ""
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while !text.contains("dropped") {
            let count: Int = read(ends[0], &bytes, bytes.count)
            try #require(count > 0)
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        #expect(sink.flush(timeoutMilliseconds: 10_000))
        let kept: Int = text.split(separator: "\n").filter { $0.contains("xxx") }.count
        #expect(
            text.contains(
                #""message":"log lines were dropped: the reader is too slow","metadata":{"dropped":\#(1_000 - kept)}"#))
    }

    @Test("a reader that is gone is no reason to fail")
    func readerGone() {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let sink = LogSink(descriptor: ends[1], format: .text)
        StemmaLogHandler.logger("test", sink: sink, level: .info).info("unheard")
        #expect(sink.flush(timeoutMilliseconds: 10_000))
        close(ends[1])
    }
}
