/// How long a delivery may take. Sizes are fixed.
package struct DeliveryLimits: Sendable {
    /// The largest body that is sent, in bytes.
    package static let bodyMaxBytes: Int = 1 << 20
    /// The longest status line with all header fields, interim answers included, in bytes.
    package static let answerHeadMaxBytes: Int = 16 * 1024
    /// How many addresses of a host are tried.
    static let addressesTriedMax: Int = 8

    /// From the lookup of the host to the end of the answer's head, in milliseconds.
    package let totalMilliseconds: Int
    /// To open the connection, in milliseconds: all addresses of the host share it.
    package let connectMilliseconds: Int

    package init(totalMilliseconds: Int = 15_000, connectMilliseconds: Int = 5_000) {
        self.totalMilliseconds = totalMilliseconds
        self.connectMilliseconds = connectMilliseconds
    }
}
