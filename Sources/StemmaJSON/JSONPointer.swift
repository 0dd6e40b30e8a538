/// Writes JSON Pointers (RFC 6901).
package enum JSONPointer {
    /// The pointer to the member `name` of what `base` points to; the empty pointer is the whole document.
    package static func appending(_ name: String, to base: String) -> String {
        var pointer = base
        pointer.append("/")
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": pointer.append("~0")
            case "/": pointer.append("~1")
            default: pointer.unicodeScalars.append(scalar)
            }
        }
        return pointer
    }

    /// The pointer to the element at `index`, counted from 0.
    package static func appending(_ index: Int, to base: String) -> String { "\(base)/\(index)" }
}
