internal import StemmaJSON

/// Why a piece of an export or a pack is not believed. Whoever knows where it stood says so.
struct LineFault: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// What exports and packs have in common.
enum ExportLine {
    private static let valueLimits = JSONLimits(depth: LeafScanner.depthMax)

    /// Passes revealed private values, of which there is at least one, up to the bracket behind them; answers how many there
    /// were. Each must open the leaf's commitment of its name. Throws `LineFault`.
    static func revealed(
        _ cursor: inout LineCursor, _ commitments: [LeafScanner.Opening], in leaf: [UInt8]
    ) throws -> Int64 {
        var next: Int = 0
        var count: Int64 = 0
        repeat {
            guard cursor.skip("\""), let (field, name) = cursor.raw(), cursor.skip(":{\"salt\":\""),
                let salt = cursor.hex(), cursor.skip("\",\"value\":"), let value = cursor.value(), cursor.skip("}"),
                let json = try? JSONParser.parse(value, limits: valueLimits), CanonicalJSON.encode(json) == value
            else { throw LineFault("a private value is not written as exports are") }
            // Both are sorted, so that each field is found behind the one before.
            while next < commitments.count, leaf[commitments[next].field] != field { next += 1 }
            guard next < commitments.count else { throw LineFault("the leaf does not commit to a private value") }
            let opened: String = Commitment.hex(salt: salt, field: name, value: value)
            guard opened.utf8.elementsEqual(leaf[commitments[next].commitment]) else {
                throw LineFault("a private value is not what the leaf commits to")
            }
            next += 1
            count += 1
        } while cursor.skip(",")
        return count
    }

    /// The checkpoint, signed by a key that the auditor trusts and that is listed as the log's, and all that the auditor
    /// trusts of those who signed it. Throws `LineFault`.
    static func believe(
        _ text: String, origin: String?, listed: [VerifierKey], trusted: [VerifierKey]
    ) throws -> (Checkpoint, [VerifierKey]) {
        do {
            let note = try SignedNote(text)
            let checkpoint = try Checkpoint(note.text)
            let signers: [VerifierKey] = try note.verified(by: trusted)
            guard note.description == text, checkpoint.origin == origin ?? checkpoint.origin else {
                throw LineFault("the checkpoint is of another log")
            }
            // A signature must not get lost by a changed name or id: those of the log bear its name, and no others do.
            for signature in note.signatures {
                let isListed: Bool = listed.contains { $0.id == signature.keyID }
                guard isListed == (signature.name == checkpoint.origin) else {
                    throw LineFault("the checkpoint has a signature by a key that is not named as the log's")
                }
            }
            guard signers.contains(where: listed.contains) else {
                throw LineFault(
                    "the checkpoint is not signed by a key that was given, or that is not named as the log's")
            }
            return (checkpoint, signers)
        } catch let error as TransparencyError {
            throw LineFault("the checkpoint cannot be believed: \(error)")
        }
    }
}
