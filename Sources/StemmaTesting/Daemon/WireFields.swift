/// Header fields of a request, in order, written as a dictionary literal; a name may occur twice.
package struct WireFields: Sendable, ExpressibleByDictionaryLiteral {
    /// Names and values in the order in which they are sent.
    package var pairs: [WireReply.Field]

    /// Keeps the order, and names that occur twice.
    package init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { WireReply.Field(name: $0.0, value: $0.1) }
    }

    /// These fields, and a `Content-Type` of `mediaType` where they have none.
    func typed(_ mediaType: String) -> WireFields {
        guard !pairs.contains(where: { $0.name.lowercased() == "content-type" }) else { return self }
        var fields = self
        fields.pairs.append(WireReply.Field(name: "Content-Type", value: mediaType))
        return fields
    }
}
