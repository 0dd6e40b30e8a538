/// One promise of a contract as a check that any implementation can be held to.
///
/// A check throws `ContractFailure` where the promise is broken, so that it runs under any test library.
package struct ContractCheck<Subject: Sendable>: Sendable, CustomStringConvertible {
    /// The promise, as a phrase.
    package let name: String
    /// Runs the check on an implementation that holds nothing yet.
    package let run: @Sendable (Subject) async throws -> Void

    /// A check of that name.
    package init(_ name: String, _ run: @escaping @Sendable (Subject) async throws -> Void) {
        self.name = name
        self.run = run
    }

    package var description: String { name }
}

/// A broken promise: what was expected, and where it is said.
package struct ContractFailure: Error, CustomStringConvertible {
    /// What was expected and what was found.
    package let message: String
    /// Module and file of the check.
    package let file: String
    /// The line in that file.
    package let line: Int

    package var description: String { "\(file):\(line): \(message)" }
}

/// Throws unless the condition holds.
func expect(
    _ condition: Bool, _ promise: @autoclosure () -> String, file: String = #fileID, line: Int = #line
) throws(ContractFailure) {
    guard condition else { throw ContractFailure(message: promise(), file: file, line: line) }
}

/// Throws unless both are equal.
func expectEqual<T: Equatable>(
    _ found: T, _ wanted: T, _ what: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line
) throws(ContractFailure) {
    guard found != wanted else { return }
    throw ContractFailure(message: "\(what()): found \(found), wanted \(wanted)", file: file, line: line)
}

/// The value, or a failure where it is absent.
func expectSome<T>(
    _ value: T?, _ what: @autoclosure () -> String, file: String = #fileID, line: Int = #line
) throws(ContractFailure) -> T {
    guard let value else { throw ContractFailure(message: "\(what()) is absent", file: file, line: line) }
    return value
}
