/// Media types for files whose sender named none.
enum MediaTypes {
    private static let byExtension: [String: String] = [
        "json": "application/json", "yaml": "application/yaml", "yml": "application/yaml", "txt": "text/plain",
        "md": "text/markdown", "csv": "text/csv", "html": "text/html", "xml": "application/xml",
        "pdf": "application/pdf",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "svg": "image/svg+xml", "zip": "application/zip",
        "gz": "application/gzip", "tar": "application/x-tar", "parquet": "application/vnd.apache.parquet",
        "toml": "application/toml",
    ]

    /// By the path's extension, then by what the content looks like.
    static func guess(path: String, format: String) -> String {
        let name: Substring = path.split(separator: "/").last ?? ""
        if let dot = name.lastIndex(of: "."),
            let known = byExtension[name[name.index(after: dot)...].lowercased()]
        {
            return known
        }
        return format == "text" ? "text/plain" : "application/octet-stream"
    }
}
