/// The checkout that the tests were built from.
enum Repository {
    /// The folder of `Package.swift`.
    static let root: String = {
        let here = #filePath.split(separator: "/")
        return "/" + here.dropLast(4).joined(separator: "/")
    }()
}
