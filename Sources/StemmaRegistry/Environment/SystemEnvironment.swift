internal import Glibc
internal import StemmaDigest

extension Environment {
    /// The machine's clock and OpenSSL's random generator.
    package static let system = Environment(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
        },
        randomBytes: { SecureRandom.bytes($0) })
}
