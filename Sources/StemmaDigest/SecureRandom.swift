internal import COpenSSL

/// Bytes that nobody can guess, for keys, tokens and identifiers.
package enum SecureRandom {
    /// `count` bytes from OpenSSL's generator, which the operating system seeds. Ends the process when there is no
    /// randomness to be had: going on with guessable secrets would be worse.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition((0...Int(Int32.max)).contains(count), "a count of random bytes is out of range")
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "OpenSSL's random generator failed")
            filled = count
        }
    }
}
