/// The routes' patterns as a tree in flat memory, walked over the raw bytes of a path without allocating.
///
/// At each position a literal wins over a variable and a variable over a tail; where the rest of the path does not fit
/// below the literal, the variable is tried. A node is visited at most once a path.
final class RouteTrie: Sendable {
    private struct Node {
        var firstLiteral: Int32 = 0
        var literalCount: Int32 = 0
        var variable: Int32 = -1
        var tail: Int32 = -1
        var hasRoutes = false
    }

    private struct Literal {
        var textStart: Int32
        var textCount: Int32
        var node: Int32
    }

    // Written by `init` only, read by all threads afterwards, freed with the last reference.
    private nonisolated(unsafe) let nodes: UnsafeMutableBufferPointer<Node>
    private nonisolated(unsafe) let literals: UnsafeMutableBufferPointer<Literal>
    private nonisolated(unsafe) let texts: UnsafeMutableBufferPointer<UInt8>

    init(_ tree: RouteTree) {
        var nodes: [Node] = []
        var literals: [Literal] = []
        var texts: [UInt8] = []
        for source in tree.nodes {
            var node = Node()
            node.firstLiteral = Int32(literals.count)
            node.literalCount = Int32(source.literals.count)
            node.variable = Int32(source.variable ?? -1)
            node.tail = Int32(source.tail ?? -1)
            node.hasRoutes = !source.routes.isEmpty
            for literal in source.literals {
                let start = Int32(texts.count)
                texts.append(contentsOf: literal.text)
                literals.append(
                    Literal(textStart: start, textCount: Int32(literal.text.count), node: Int32(literal.node)))
            }
            nodes.append(node)
        }
        self.nodes = Self.copied(nodes)
        self.literals = Self.copied(literals)
        self.texts = Self.copied(texts)
    }

    deinit {
        nodes.deallocate()
        literals.deallocate()
        texts.deallocate()
    }

    private static func copied<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(elements.count, 1))
        _ = memory.initialize(from: elements)
        return memory
    }

    /// The node that the path ends at, or -1. `captures` gets the variables' bytes in the order of the pattern.
    @inline(__always)
    func find(_ path: UnsafeRawBufferPointer, _ captures: inout Captures) -> Int {
        captures.count = 0
        if path.count <= 1 { return nodes[0].hasRoutes ? 0 : -1 }
        guard let base = path.baseAddress else { return -1 }
        return walk(0, base, 0, path.count, &captures)
    }

    private func walk(
        _ index: Int, _ base: UnsafeRawPointer, _ at: Int, _ end: Int, _ captures: inout Captures
    ) -> Int {
        let node = nodes[index]
        if at == end { return node.hasRoutes ? index : -1 }
        let start = at &+ 1
        var stop = start
        while stop < end, ByteScan.byte(base, stop) != UInt8(ascii: "/") { stop &+= 1 }
        let count = stop &- start
        guard count > 0 else { return -1 }
        for position in Int(node.firstLiteral)..<Int(node.firstLiteral &+ node.literalCount) {
            let literal = literals[position]
            guard Int(literal.textCount) == count, equals(base + start, literal) else { continue }
            let found = walk(Int(literal.node), base, stop, end, &captures)
            if found >= 0 { return found }
            break
        }
        let mark = captures.count
        if node.variable >= 0 {
            captures.push(UnsafeRawBufferPointer(start: base + start, count: count))
            let found = walk(Int(node.variable), base, stop, end, &captures)
            if found >= 0 { return found }
            captures.count = mark
        }
        guard node.tail >= 0, !hasEmptySegment(base, start, end) else { return -1 }
        captures.push(UnsafeRawBufferPointer(start: base + start, count: end &- start))
        return Int(node.tail)
    }

    @inline(__always)
    private func equals(_ bytes: UnsafeRawPointer, _ literal: Literal) -> Bool {
        let start = Int(literal.textStart)
        for index in 0..<Int(literal.textCount) where ByteScan.byte(bytes, index) != texts[start &+ index] {
            return false
        }
        return true
    }

    private func hasEmptySegment(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Bool {
        var previous = UInt8(ascii: "/")
        for at in start..<end {
            let byte = ByteScan.byte(base, at)
            if byte == UInt8(ascii: "/"), previous == byte { return true }
            previous = byte
        }
        return previous == UInt8(ascii: "/")
    }
}

/// Room for a path's variables, reused from request to request.
struct Captures: ~Copyable {
    private let storage: UnsafeMutablePointer<UnsafeRawBufferPointer>
    var count = 0

    init() { storage = .allocate(capacity: RoutePattern.variablesMax) }

    deinit { storage.deallocate() }

    @inline(__always)
    mutating func push(_ bytes: UnsafeRawBufferPointer) {
        // A path through the tree has at most as many variables as its pattern, which `RoutePattern` bounds.
        precondition(count < RoutePattern.variablesMax)
        (storage + count).initialize(to: bytes)
        count &+= 1
    }

    @inline(__always)
    subscript(_ index: Int) -> UnsafeRawBufferPointer { storage[index] }
}
