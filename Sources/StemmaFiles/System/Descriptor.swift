internal import Glibc
internal import StemmaRegistry

/// An open file or directory, closed with its last owner.
final class Descriptor: Sendable {
    let number: Int32
    /// What the log calls it: a name inside the store.
    let name: String
    /// Told of syncs that fail; the same for all of a store.
    let watch: SyncWatch

    init(_ number: Int32, name: String, watch: SyncWatch) {
        self.number = number
        self.name = name
        self.watch = watch
    }

    deinit { close(number) }

    /// Type, links, size and times as they are now.
    func status() throws -> FileStatus {
        var status = stat()
        do {
            _ = try systemCall { fstat(number, &status) }
        } catch {
            throw storageFault("fstat", name, error.code)
        }
        return FileStatus(status)
    }

    /// Writes all of `bytes` at `offset`. A failure may leave a part of them written.
    func write(_ bytes: [UInt8], at offset: Int64) throws {
        try bytes.withUnsafeBytes { buffer in
            var done: Int = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                do throws(SystemError) {
                    let count: Int = try systemCall { pwrite(number, rest.baseAddress, rest.count, Int(offset) + done) }
                    done += count
                } catch {
                    throw storageFault("pwrite", name, error.code)
                }
            }
        }
    }

    /// Fills `buffer` from `offset`. The count is smaller only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
        var done: Int = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            do {
                let count: Int = try systemCall { pread(number, rest.baseAddress, rest.count, Int(offset) + done) }
                if count == 0 { break }
                done += count
            } catch {
                throw storageFault("pread", name, error.code)
            }
        }
        return done
    }

    /// Cuts or extends the file to `length` bytes.
    func truncate(to length: Int64) throws {
        do {
            _ = try systemCall { ftruncate(number, Int(length)) }
        } catch {
            throw storageFault("ftruncate", name, error.code)
        }
    }

    /// Sets the permission bits.
    func setMode(_ mode: mode_t) throws {
        do {
            _ = try systemCall { fchmod(number, mode) }
        } catch {
            throw storageFault("fchmod", name, error.code)
        }
    }

    /// Makes content and metadata survive a crash. Called once for each promise: after a failure the kernel may mark
    /// the lost pages clean, so that a second call would succeed and mean nothing.
    func sync() throws {
        guard fsync(number) == 0 else { throw syncFault("fsync", errno) }
    }

    /// As `sync`, for the content and what is needed to read it back.
    func syncData() throws {
        guard fdatasync(number) == 0 else { throw syncFault("fdatasync", errno) }
    }

    private func syncFault(_ call: String, _ code: Int32) -> StemmaError {
        watch.note(call, name, code)
        return storageFault(call, name, code)
    }

    /// Asks the kernel to begin writing a range to disk, without waiting, so that the later `sync` has little left to do.
    /// Linux starts writing dirty pages when told that they are not needed. Only advice: a refusal changes nothing.
    func startWriting(from offset: Int64, count: Int64) {
        _ = posix_fadvise(number, Int(offset), Int(count), POSIX_FADV_DONTNEED)
    }
}
