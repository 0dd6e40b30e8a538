/// The graph as drawing programs read it. Arrows point from what is upstream to what was made of it.
extension LineageGraph {
    /// Graphviz DOT: https://graphviz.org/doc/info/lang.html, quoted strings escaped.
    package var dot: String {
        var lines: [String] = ["digraph lineage {", "  rankdir=LR;", "  node [fontname=\"sans-serif\"];"]
        for (position, node) in nodes.enumerated() {
            lines.append(
                "  n\(position) [label=\(Self.quoted(label(node.record, newline: "\n"))), "
                    + "shape=\(Self.shape(node.record.node.type))];")
        }
        for edge in edges {
            let (from, to): (Int, Int) = ends(edge)
            lines.append("  n\(from) -> n\(to) [label=\(Self.quoted(edge.record.key.relationship.rawValue))];")
        }
        if let truncation { lines.append("  label=\(Self.quoted("truncated by \(truncation.rawValue)"));") }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    /// A Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html, texts quoted with entity codes.
    package var mermaid: String {
        var lines: [String] = ["flowchart LR"]
        for (position, node) in nodes.enumerated() {
            let text: String = Self.entityCoded(label(node.record, newline: " | "))
            let (open, close): (String, String) = Self.brackets(node.record.node.type)
            lines.append("  n\(position)\(open)\"\(text)\"\(close)")
        }
        for edge in edges {
            let (from, to): (Int, Int) = ends(edge)
            lines.append("  n\(from) -->|\(edge.record.key.relationship.rawValue)| n\(to)")
        }
        if let truncation { lines.append("  %% truncated by \(truncation.rawValue)") }
        return (lines + [""]).joined(separator: "\n")
    }

    private func ends(_ edge: Edge) -> (from: Int, to: Int) {
        edge.record.key.relationship.sourceIsUpstream ? (edge.source, edge.target) : (edge.target, edge.source)
    }

    private func label(_ record: LineageNodeRecord, newline: String) -> String {
        var parts: [String] = [record.node.type.rawValue, record.name ?? record.node.key]
        if record.isDeleted {
            parts.append("deleted")
        } else if let state = record.state {
            parts.append(state.rawValue)
        }
        return parts.joined(separator: newline)
    }

    private static func shape(_ type: LineageEntityType) -> String {
        switch type {
        case .dataSource: "cylinder"
        case .dataset: "folder"
        case .feature: "component"
        case .model: "box3d"
        case .prediction: "note"
        case .system: "box"
        }
    }

    private static func brackets(_ type: LineageEntityType) -> (String, String) {
        switch type {
        case .dataSource: ("[(", ")]")
        case .dataset: ("[/", "/]")
        case .feature: ("{{", "}}")
        case .model: ("[[", "]]")
        case .prediction: ("([", "])")
        case .system: ("[", "]")
        }
    }

    /// A DOT string: a quote and a backslash are escaped, a line end becomes a break.
    private static func quoted(_ text: String) -> String {
        var result: String = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result + "\""
    }

    /// Text inside Mermaid's quotes: everything that means something to it or to HTML becomes `#code;`.
    private static func entityCoded(_ text: String) -> String {
        var result: String = ""
        for character in text.unicodeScalars {
            if "\"#&<>`;\\%".unicodeScalars.contains(character) {
                result += "#\(character.value);"
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
