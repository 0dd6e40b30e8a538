extension JSONValue {
    /// What this value becomes under a JSON Merge Patch (RFC 7396 section 2): members of the patch replace those of the
    /// same name, `null` removes, objects are merged in turn, anything else replaces the whole.
    /// Members that stay keep their places, new ones follow in the patch's order. Linear in the size of both.
    package func mergePatch(_ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONObject.Member?] = object?.members ?? []
        var places: [ExactName: Int] = [:]
        for (place, member) in members.enumerated() {
            if let member { places[ExactName(member.name)] = place }
        }
        for change in changes.members {
            let name = ExactName(change.name)
            if change.value.isNull {
                if let place = places.removeValue(forKey: name) { members[place] = nil }
            } else if let place = places[name], let old = members[place] {
                members[place]?.value = old.value.mergePatch(change.value)
            } else {
                places[name] = members.count
                members.append(JSONObject.Member(name: change.name, value: JSONValue.null.mergePatch(change.value)))
            }
        }
        return .object(JSONObject(members.compactMap(\.self)))
    }
}
