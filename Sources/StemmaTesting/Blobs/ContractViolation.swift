/// A promise of a contract that an implementation does not keep.
package struct ContractViolation: Error, CustomStringConvertible {
    /// What was promised.
    package let promise: String
    /// Where it was checked, as `File.swift:line`.
    package let place: String

    /// The promise and the place as one line.
    package var description: String { "not kept: \(promise) (\(place))" }
}

/// Throws `ContractViolation` where `condition` does not hold.
func promise(
    _ text: String, _ condition: Bool, file: String = #fileID, line: Int = #line
) throws(ContractViolation) {
    guard condition else { throw ContractViolation(promise: text, place: "\(file):\(line)") }
}

/// The value, or `ContractViolation` where there is none.
func promised<Value>(
    _ text: String, _ value: Value?, file: String = #fileID, line: Int = #line
) throws(ContractViolation) -> Value {
    guard let value else { throw ContractViolation(promise: text, place: "\(file):\(line)") }
    return value
}
