internal import StemmaDigest

/// How a pod or container gets a version's files before its server starts: by digest, each checked after its arrival.
///
/// Digests and paths are arguments of a fixed script and never part of one, so that no path can mean anything to a shell.
enum ModelFetch {
    /// Has curl, a POSIX shell and sha256sum.
    static let image: String =
        "docker.io/curlimages/curl:8.11.1@sha256:c1fe1679c34d9784c1b0d1e5f62ac0a79fca01fb6377cdd33e90473c6f9f9a69"

    /// Where the files are for the server.
    static let folder: String = "/models"

    /// The token comes from a file and reaches curl through a pipe, so that no list of processes shows it.
    static let script: String = """
        set -eu
        token=
        read -r token < "$STEMMA_TOKEN_FILE" || [ -n "$token" ]
        while [ "$#" -gt 0 ]; do
          target="$STEMMA_MODEL_DIR/$2"
          mkdir -p "${target%/*}"
          printf 'Authorization: Bearer %s\\n' "$token" |
            curl --fail --silent --show-error --retry 5 --retry-connrefused --header @- \\
              --output "$target" "$STEMMA_URL/v1/blobs/$1"
          printf '%s  %s\\n' "${1#sha256:}" "$target" | sha256sum -c -
          shift 2
        done

        """

    /// What stands behind the script: its name, then digest and path of each file.
    static func arguments(_ artifacts: [ArtifactRecord]) -> [String] {
        artifacts.flatMap { [$0.digest.description, $0.path] }
    }
}
