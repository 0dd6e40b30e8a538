internal import StemmaRegistry
struct SQLFilter { let fields: SQLFieldTable
  init(_ f: SQLFieldTable) { fields = f }
  func compile(_ e: FilterExpression) throws -> SQLFragment { SQLFragment("TRUE") } }
enum ModelField { static let table = SQLFieldTable { _ in nil } }
enum VersionField { static let table = SQLFieldTable { _ in nil } }
enum AuditField { static let table = SQLFieldTable { _ in nil } }
