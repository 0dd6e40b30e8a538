package protocol IdempotencyReader {
    /// The kept answer, however old.
    func idempotentAnswer(principal: Int64, key: String) throws -> IdempotencyRecord?
}

package protocol IdempotencyWriter {
    /// Keeps an answer, replacing an older one under the same key.
    func putIdempotentAnswer(_ record: IdempotencyRecord) throws

    /// Drops answers kept before that moment, at most `limit`; answers how many.
    func removeIdempotentAnswers(before moment: Timestamp, limit: Int) throws -> Int
}
