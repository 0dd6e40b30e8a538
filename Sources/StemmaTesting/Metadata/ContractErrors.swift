internal import StemmaRegistry

/// Throws unless the body throws a `StemmaError` of that code.
func expectError(
    _ code: StemmaErrorCode, _ what: String, file: String = #fileID, line: Int = #line,
    _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch let error as StemmaError {
        guard error.code != code else { return }
        throw ContractFailure(message: "\(what): found \(error), wanted \(code)", file: file, line: line)
    } catch {
        throw ContractFailure(message: "\(what): found \(error), wanted \(code)", file: file, line: line)
    }
    throw ContractFailure(message: "\(what): nothing was thrown, wanted \(code)", file: file, line: line)
}

/// Throws unless the body throws something.
func expectAnyError(
    _ what: String, file: String = #fileID, line: Int = #line, _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch {
        return
    }
    throw ContractFailure(message: "\(what): nothing was thrown", file: file, line: line)
}
