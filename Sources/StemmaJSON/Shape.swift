/// What a JSON value has to look like: one declaration that checks requests and describes them in OpenAPI.
package indirect enum Shape: Sendable {
    /// Text of a length in bytes of UTF-8; `format` and `pattern` describe it to readers, `check` decides.
    case string(StringRule)
    case choice([String])
    case integer(ClosedRange<Int64>)
    /// A finite number of at least `minimum` (nil: any).
    case number(minimum: Double?)
    case boolean
    case array(of: Shape, count: ClosedRange<Int>)
    /// Exactly these members; any other is a fault.
    case object([Field])
    /// Members of any name, up to `keyBytes` bytes of UTF-8 each, at least one.
    case map(of: Shape, maxCount: Int, keyBytes: Int)
    /// The value or null.
    case nullable(Shape)
    /// Any JSON value.
    case any
    /// A shape with a name of its own in the OpenAPI document.
    case named(String, Shape)

    /// A member of an object.
    package struct Field: Sendable {
        package let name: String
        package let shape: Shape
        package let isRequired: Bool
        /// For the OpenAPI document.
        package let summary: String
        /// Set by the server: refused in requests with a reason of its own.
        package let isReadOnly: Bool

        package init(
            _ name: String, _ shape: Shape, required: Bool = false, readOnly: Bool = false, _ summary: String = ""
        ) {
            self.name = name
            self.shape = shape
            self.isRequired = required
            self.isReadOnly = readOnly
            self.summary = summary
        }
    }

    package struct StringRule: Sendable {
        /// In bytes of UTF-8.
        package let bytes: ClosedRange<Int>
        /// The OpenAPI format, e.g. `date-time`.
        package let format: String?
        package let example: String?
        /// Nil when the text is acceptable, otherwise why not.
        package let check: (@Sendable (String) -> String?)?
    }

    /// Text of 0 to `maxBytes` bytes.
    package static func text(
        maxBytes: Int, minBytes: Int = 0, format: String? = nil, example: String? = nil,
        check: (@Sendable (String) -> String?)? = nil
    ) -> Shape {
        .string(StringRule(bytes: minBytes...maxBytes, format: format, example: example, check: check))
    }

    /// 0 and up.
    package static let count: Shape = .integer(0...9_007_199_254_740_991)
}

/// One thing wrong with a value.
package struct ShapeFault: Sendable, Equatable {
    /// JSON Pointer (RFC 6901).
    package let pointer: String
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
