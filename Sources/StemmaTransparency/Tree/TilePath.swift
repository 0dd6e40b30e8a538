/// Where a tile stands: `<level>/<index>`, with `.p/<count>` behind it where it is not full yet (C2SP tlog-tiles). Indexes are
/// written in groups of three digits, all but the last with an `x` before it: `x001/x234/067`.
package struct TilePath: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Hashes of this level of tiles.
        case hashes(level: Int)
        /// The leaves themselves, each after its length in two bytes.
        case entries
    }

    /// The highest level that an index of 63 bits reaches.
    package static let levelMax: Int = 7

    package let kind: Kind
    package let index: Int64
    /// 1 to 256.
    package let count: Int

    package init(kind: Kind, index: Int64, count: Int) {
        self.kind = kind
        self.index = index
        self.count = count
    }

    /// Nil for anything that is not written as `description` writes it.
    package init?(_ text: String) {
        var parts: [Substring] = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return nil }
        var count: Int = Int(TileTree.width)
        if parts.count >= 3, parts[parts.count - 2].hasSuffix(".p") {
            guard let partial = Int(parts[parts.count - 1]), (1..<count).contains(partial) else { return nil }
            count = partial
            parts.removeLast()
            parts[parts.count - 1] = parts[parts.count - 1].dropLast(2)
        }
        if parts[0] == "entries" {
            kind = .entries
        } else {
            guard let level = Int(parts[0]), (0...TilePath.levelMax).contains(level) else { return nil }
            kind = .hashes(level: level)
        }
        var index: Int64 = 0
        for (position, part) in parts.dropFirst().enumerated() {
            let isLast: Bool = position == parts.count - 2
            let digits: Substring = isLast ? part : part.dropFirst()
            guard isLast || part.hasPrefix("x"), digits.utf8.count == 3,
                digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int64(digits), index <= (Int64.max - number) / 1_000
            else { return nil }
            index = index * 1_000 + number
        }
        // No log is so long that the hashes of its tiles could not be counted.
        guard index < Int64.max / TileTree.width else { return nil }
        self.index = index
        self.count = count
        guard description == text else { return nil }
    }

    package var description: String {
        var groups: [String] = []
        var rest: Int64 = index
        repeat {
            let digits: String = "00\(rest % 1_000)"
            groups.append(String(digits.suffix(3)))
            rest /= 1_000
        } while rest > 0
        let path: String = groups.enumerated().reversed().map { $0.offset == 0 ? $0.element : "x" + $0.element }
            .joined(separator: "/")
        let head: String =
            switch kind {
            case .entries: "entries"
            case .hashes(let level): String(level)
            }
        return "\(head)/\(path)" + (count < Int(TileTree.width) ? ".p/\(count)" : "")
    }
}
