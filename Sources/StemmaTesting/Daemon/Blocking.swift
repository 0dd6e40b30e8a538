internal import Glibc

/// Runs blocking calls on threads of their own, so that a test which waits for a socket or a child process never holds
/// one of the few threads that all tests of the process share.
package enum Blocking {
    /// Runs `body` on a new thread and answers what it returns or throws.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            start { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Starts a detached thread that runs `body` once.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(body)).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, context)
        precondition(failure == 0, "no thread could be started: errno \(failure)")
        pthread_detach(thread)
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
