/// The routes' patterns as a tree while they are gathered and checked.
struct RouteTree {
    struct Node {
        var literals: [(text: [UInt8], node: Int)] = []
        var variable: Int?
        var tail: Int?
        /// What the variable or tail child is called and where that was said first.
        var variableName: (name: String, pattern: String)?
        /// Route numbers by method.
        var routes: [HTTPMethod: Int] = [:]
    }

    private(set) var nodes: [Node] = [Node()]

    /// Throws `RouterError`.
    init(_ routes: [Route]) throws {
        for (number, route) in routes.enumerated() {
            guard let access = route.access, !access.isEmpty else {
                throw RouterError.missingAccess(method: route.method, pattern: route.pattern)
            }
            var at = 0
            for segment in try RoutePattern(route.pattern).segments {
                at = try child(of: at, for: segment, pattern: route.pattern)
            }
            guard nodes[at].routes.updateValue(number, forKey: route.method) == nil else {
                throw RouterError.duplicate(method: route.method, pattern: route.pattern)
            }
        }
    }

    private mutating func child(of parent: Int, for segment: RoutePattern.Segment, pattern: String) throws -> Int {
        switch segment {
        case .literal(let text):
            if let known = nodes[parent].literals.first(where: { $0.text == text }) { return known.node }
            let made = makeNode()
            nodes[parent].literals.append((text, made))
            return made
        case .variable(let name):
            try checkName(name, at: parent, pattern: pattern)
            if let known = nodes[parent].variable { return known }
            let made = makeNode()
            nodes[parent].variable = made
            return made
        case .tail(let name):
            try checkName(name, at: parent, pattern: pattern)
            if let known = nodes[parent].tail { return known }
            let made = makeNode()
            nodes[parent].tail = made
            return made
        }
    }

    private mutating func makeNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func checkName(_ name: String, at parent: Int, pattern: String) throws {
        if let known = nodes[parent].variableName, known.name != name {
            throw RouterError.variableNames(known.pattern, pattern)
        }
        if nodes[parent].variableName == nil { nodes[parent].variableName = (name, pattern) }
    }
}
