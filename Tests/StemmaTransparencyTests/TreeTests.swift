import StemmaDigest
import Testing

@testable import StemmaTransparency

/// The tree of RFC 6962's reference implementation, whose roots and proofs are published.
enum ReferenceTree {
    static let leaves: [[UInt8]] = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].map { Hex.decode($0.utf8) ?? [] }

    static let roots: [String] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    static func tree(_ size: Int, _ leaves: [[UInt8]] = leaves) -> TileTree {
        TileTree(size: Int64(size)) { level, index, count in
            let span: Int = (0..<level).reduce(1) { total, _ in total * 256 }
            return (0..<count).map { position in
                let start: Int = (Int(index) * 256 + position) * span
                return MerkleHash.root(ofComplete: leaves[start..<(start + span)].map { MerkleHash.leaf($0) }[...])
            }
        }
    }
}

@Suite struct TreeTests {
    @Test func rootsAreThoseOfTheReference() throws {
        var range = CompactRange()
        #expect(range.root.hex == ReferenceTree.roots[0])
        for (index, leaf) in ReferenceTree.leaves.enumerated() {
            range.append(MerkleHash.leaf(leaf))
            #expect(range.root.hex == ReferenceTree.roots[index + 1])
            var tree: TileTree = ReferenceTree.tree(index + 1)
            #expect(try tree.root().hex == ReferenceTree.roots[index + 1])
        }
        #expect(
            MerkleHash.leaf(Array("L123456".utf8)).hex
                == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56")
    }

    @Test func proofsAreThoseOfTheReference() throws {
        var tree: TileTree = ReferenceTree.tree(8)
        let path0: [String] = [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
        #expect(try tree.inclusion(of: 0).map(\.hex) == path0)
        #expect(
            try tree.inclusion(of: 5).map(\.hex) == [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", ReferenceTree.roots[4],
            ])
        var three: TileTree = ReferenceTree.tree(3)
        #expect(try three.inclusion(of: 2).map(\.hex) == [ReferenceTree.roots[2]])
        #expect(try tree.consistency(from: 1).map(\.hex) == path0)
        #expect(
            try tree.consistency(from: 6).map(\.hex) == [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", ReferenceTree.roots[4],
            ])
        var five: TileTree = ReferenceTree.tree(5)
        #expect(try five.consistency(from: 2).first?.hex == path0[1])
    }

    /// Every proof of every tree up to 70 leaves, and of some around the width of a tile, holds; with any hash of it changed,
    /// left out or added it does not.
    @Test func proofsHoldAndOnlyThey() throws {
        let leaves: [[UInt8]] = (0..<600).map { Array("leaf \($0)".utf8) }
        let hashes: [Digest] = leaves.map { MerkleHash.leaf($0) }
        var range = CompactRange()
        var roots: [Digest] = [range.root]
        for hash in hashes {
            range.append(hash)
            roots.append(range.root)
        }
        let wrong: Digest = MerkleHash.leaf(Array("another".utf8))
        for size in Array(1...70) + [255, 256, 257, 511, 512, 513, 600] {
            var tree: TileTree = ReferenceTree.tree(size, leaves)
            #expect(try tree.root() == roots[size])
            for index in stride(from: 0, to: size, by: size > 70 ? 37 : 1) {
                let proof: [Digest] = try tree.inclusion(of: Int64(index))
                func root(_ proof: [Digest]) -> Digest? {
                    MerkleProof.root(ofLeaf: hashes[index], at: Int64(index), in: Int64(size), proof: proof)
                }
                #expect(root(proof) == roots[size])
                #expect(root(proof + [wrong]) == nil)
                for position in proof.indices {
                    var changed: [Digest] = proof
                    changed[position] = wrong
                    #expect(root(changed) != roots[size])
                    changed.remove(at: position)
                    #expect(root(changed) != roots[size])
                }
            }
            for from in stride(from: 0, through: size, by: size > 70 ? 41 : 1) {
                let proof: [Digest] = try tree.consistency(from: Int64(from))
                func holds(_ proof: [Digest], _ old: Digest) -> Bool {
                    MerkleProof.isConsistent(
                        from: Int64(from), old, to: Int64(size), roots[size], proof: proof)
                }
                #expect(holds(proof, roots[from]), "\(from) to \(size)")
                #expect(!holds(proof, wrong))
                #expect(!holds(proof + [wrong], roots[from]))
                for position in proof.indices {
                    var changed: [Digest] = proof
                    changed[position] = wrong
                    #expect(!holds(changed, roots[from]))
                }
            }
        }
    }

    /// A tree that is completed by subtrees has the same root as one of single leaves.
    @Test func subtreesCompleteATree() throws {
        let hashes: [Digest] = (0..<300).map { MerkleHash.leaf(Array("\($0)".utf8)) }
        for (first, last) in [(0, 300), (1, 300), (7, 64), (64, 128), (100, 299), (255, 257)] {
            var range = CompactRange()
            for hash in hashes[..<first] { range.append(hash) }
            var whole: CompactRange = range
            for hash in hashes[first..<last] { whole.append(hash) }
            for subtree in Subtree.covering(Int64(first)..<Int64(last)) {
                let start = Int(subtree.index << Int64(subtree.level))
                range.append(
                    subtree: MerkleHash.root(ofComplete: hashes[start..<(start + 1 << subtree.level)]),
                    level: subtree.level)
            }
            #expect(range == whole)
        }
    }

    @Test func pathsOfTilesAreWrittenOneWay() {
        for text in ["0/000", "0/x001/x234/067", "3/999", "1/x001/000.p/5", "entries/000", "entries/x123/456.p/255"] {
            #expect(TilePath(text)?.description == text)
        }
        #expect(TilePath("0/x001/x234/067")?.index == 1_234_067)
        #expect(TilePath("entries/x036/x028/x797/x018/x963/966")?.index == Int64.max / TileTree.width - 1)
        let refused: [String] = [
            "", "0", "0/", "0/0", "0/00", "0/0000", "8/000", "-1/000", "00/000", "0/x000/000", "0/000/001", "0/x1/000",
            "0/001.p/0", "0/001.p/256", "0/001.p/05", "0/001.p/", "0/001.p", "0/../000", "entries", "other/000",
            "0/x999/x999/x999/x999/x999/x999/x999/999", "0/x009/x223/x372/x036/x854/x775/807",
            "entries/x036/x028/x797/x018/x963/967",
        ]
        for text in refused { #expect(TilePath(text) == nil, "\(text)") }
    }
}
