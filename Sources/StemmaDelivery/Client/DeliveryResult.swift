/// How a delivery ended. It holds nothing that the receiver has written: else a webhook could be used to read what only
/// this server can reach.
package enum DeliveryResult: Equatable, Sendable {
    /// The receiver answered with a status from 200 to 299.
    case delivered(status: Int)
    /// The receiver answered with any other status; redirects are not followed. It may have asked for a pause before the
    /// next attempt (`Retry-After`), at most `RetrySchedule.retryAfterMaxSeconds`.
    case refused(status: Int, retryAfterSeconds: Int?)
    /// There is no answer.
    case failed(DeliveryFailure)

    /// The receiver wants no more deliveries: 410 Gone, as the Standard Webhooks specification has it.
    package var isGone: Bool {
        if case .refused(410, _) = self { true } else { false }
    }
}

/// Why there is no answer. The raw values are what is stored and shown.
package enum DeliveryFailure: String, Error, Equatable, Sendable, CaseIterable {
    /// The host has no address, or nobody could say.
    case resolve
    /// One of the host's addresses is not permitted.
    case forbiddenAddress = "forbidden_address"
    /// Nobody answers at any address of the host.
    case connect
    /// The certificate is not trusted or not the host's, or no common version of TLS was found.
    case tls
    /// The time ran out.
    case timeout
    /// The connection ended before an answer, or the answer is not one of HTTP/1.1.
    case `protocol`
}
