internal import Glibc

/// An nginx with two workers on the loopback interface, its files in the workspace: the yardstick for reads.
final class Nginx {
    let port: UInt16
    private let process: ChildProcess

    /// Answers every request with that body. It must fit an nginx string: no `$`, at most some 3,000 bytes.
    static func answering(_ body: String, contentType: String, _ bench: Bench) throws -> Nginx {
        guard !body.contains("$"), body.utf8.count < 3_000 else { throw BenchError("nginx cannot return this body") }
        let quoted: String = body.reduce(into: "") { text, character in
            if character == "'" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return try Nginx(bench, location: "default_type '\(contentType)'; return 200 '\(quoted)';")
    }

    /// Serves the files of a directory with `sendfile`.
    static func serving(_ directory: String, _ bench: Bench) throws -> Nginx {
        try Nginx(bench, location: "root \(directory); sendfile on; default_type application/octet-stream;")
    }

    private init(_ bench: Bench, location: String) throws {
        port = try Ports.unused()
        let directory: String = try bench.newDirectory("nginx")
        let configuration: String = directory + "/nginx.conf"
        try Files.write(Nginx.configuration(directory, port: port, location: location), to: configuration)
        process = try ChildProcess(
            "nginx", ["-p", directory, "-e", directory + "/error.log", "-c", configuration],
            output: directory + "/output.log")
        try awaitReadiness()
    }

    func stop() { process.stop() }

    private func awaitReadiness() throws {
        let start: UInt64 = Clock.now
        while !process.hasEnded, Clock.seconds(since: start) < 10 {
            if (try? HTTPClient(port: port)) != nil { return }
            usleep(1_000)
        }
        process.kill()
        throw BenchError("nginx did not start: \(process.outputText.suffix(500))")
    }

    private static func configuration(_ directory: String, port: UInt16, location: String) -> String {
        // Started by root, nginx would give its workers to somebody who may not read the workspace.
        let user: String = geteuid() == 0 ? "user root;" : ""
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(directory)/\($0);" }.joined(separator: " ")
        return """
            \(user)
            daemon off;
            pid \(directory)/nginx.pid;
            worker_processes 2;
            events { worker_connections 1024; }
            http {
                access_log off;
                \(temporary)
                keepalive_requests 1000000000;
                keepalive_timeout 3600s;
                server {
                    listen 127.0.0.1:\(port);
                    location / { \(location) }
                }
            }
            """
    }
}
