/// What can be set about a `FileBlobStore`.
package struct FileBlobStoreOptions: Sendable {
    /// Bytes of the file system that uploads leave free.
    package var minimumFreeBytes: Int64
    /// How many files are remembered as verified. Each takes about 200 bytes of memory.
    package var rememberedFiles: Int

    /// Room for a database to go on (64 MiB), and 100,000 remembered files.
    package init(minimumFreeBytes: Int64 = 64 << 20, rememberedFiles: Int = 100_000) {
        self.minimumFreeBytes = minimumFreeBytes
        self.rememberedFiles = rememberedFiles
    }
}
