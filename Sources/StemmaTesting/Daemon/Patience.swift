/// Waits for what another process does in its own time.
package enum Patience {
    /// Asks `condition` again and again until it answers a value, and answers that.
    ///
    /// - Throws: `OutOfPatience` when `limit` has passed without one; whatever `condition` throws, at once.
    package static func wait<Value>(
        for what: String, limit: Duration = .seconds(60), pause: Duration = .milliseconds(5),
        _ condition: () async throws -> Value?
    ) async throws -> Value {
        let end = ContinuousClock.now + limit
        while true {
            if let value = try await condition() { return value }
            guard ContinuousClock.now < end else { throw OutOfPatience(what: what, limit: limit) }
            try await Task.sleep(for: pause)
        }
    }
}

/// What was waited for did not come.
package struct OutOfPatience: Error, CustomStringConvertible {
    /// What was waited for.
    package let what: String
    /// How long.
    package let limit: Duration

    /// Both in a sentence.
    package var description: String { "\(what) did not come within \(limit)" }
}
