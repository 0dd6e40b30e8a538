internal import StemmaRegistry

/// Promises of `AccessReader` and `AccessWriter`.
enum AccessChecks {
    private static func token(
        _ transaction: any MetadataTransaction, _ id: String, at created: Int64 = 0, createdBy: Int64? = nil,
        expires: Timestamp? = nil
    ) throws {
        try transaction.insertToken(
            id: id, principal: try Seed.principal(transaction), secretHash: Seed.digest(id),
            roles: ["publisher", "reviewer:technical"], models: ["fraud_*", "a\"b\\c"],
            created: Seed.moment(created), createdBy: createdBy, expires: expires)
    }

    static let all: [MetadataStoreContract.Check] = [
        .init("a subject keeps its row and its first pseudonym") { store in
            let found: [(id: Int64, pseudonym: String)] = try await store.change { transaction in
                [
                    try transaction.ensurePrincipal(subject: "ada", pseudonym: "p1", at: Seed.moment()),
                    try transaction.ensurePrincipal(subject: "ada", pseudonym: "p2", at: Seed.moment()),
                    try transaction.ensurePrincipal(subject: "Ada", pseudonym: "p3", at: Seed.moment()),
                ]
            }
            try expectEqual(found.map(\.pseudonym), ["p1", "p1", "p3"])
            try expect(found[0].id == found[1].id && found[0].id != found[2].id, "one row a subject")
            try await store.read { reader in
                try expectEqual(try reader.principal(subject: "ada"), found[0].id)
                try expect(try reader.principal(subject: "eve") == nil, "never named")
                let names = try expectSome(try reader.principal(id: found[2].id), "the principal")
                try expectEqual([names.subject, names.pseudonym], ["Ada", "p3"])
                try expect(try reader.principal(id: 404) == nil, "no such row")
            }
        },
        .init("a token is read as it was inserted") { store in
            let token: TokenRecord? = try await store.change { transaction in
                let bob: Int64 = try Seed.principal(transaction, "bob")
                try AccessChecks.token(transaction, "tok_1", at: 5, createdBy: bob, expires: Seed.moment(50))
                return try transaction.token(id: "tok_1")
            }
            let found = try expectSome(token, "the token")
            try expectEqual([found.id, found.subject, found.pseudonym], ["tok_1", "ada", "p-ada"])
            try expectEqual(found.secretHash, Seed.digest("tok_1"))
            try expectEqual(
                [found.roles, found.models], [["publisher", "reviewer:technical"], ["fraud_*", "a\"b\\c"]])
            try expectEqual([found.created, found.expires], [Seed.moment(5), Seed.moment(50)])
            try expectEqual(found.createdBy, "bob")
            try expect(found.revoked == nil, "not revoked")
        },
        .init("two tokens never share an id or a secret") { store in
            try await store.change { try AccessChecks.token($0, "tok_1") }
            try await expectAnyError("the same again") {
                try await store.change { try AccessChecks.token($0, "tok_1") }
            }
        },
        .init("a token is revoked once") { store in
            let found: ([Bool], TokenRecord?) = try await store.change { transaction in
                try AccessChecks.token(transaction, "tok_1")
                let answers: [Bool] = [
                    try transaction.revokeToken("tok_1", at: Seed.moment(8)),
                    try transaction.revokeToken("tok_1", at: Seed.moment(9)),
                    try transaction.revokeToken("tok_2", at: Seed.moment(9)),
                ]
                return (answers, try transaction.token(id: "tok_1"))
            }
            try expectEqual(found.0, [true, false, false])
            try expectEqual(found.1?.revoked, Seed.moment(8))
            try expect(found.1?.createdBy == nil, "made by nobody")
        },
        .init("tokens are listed by creation, page by page, revoked ones included") { store in
            let pages: [[String]] = try await store.change { transaction in
                for (id, created) in [("d", 1), ("b", 2), ("a", 2), ("c", 3)] as [(String, Int64)] {
                    try AccessChecks.token(transaction, id, at: created)
                }
                _ = try transaction.revokeToken("b", at: Seed.moment(9))
                return [
                    try transaction.tokens(after: nil, limit: 2).map(\.id),
                    try transaction.tokens(after: "a", limit: 2).map(\.id),
                    try transaction.tokens(after: "c", limit: 2).map(\.id),
                ]
            }
            try expectEqual(pages, [["d", "a"], ["b", "c"], []])
        },
        .init("every token that is not revoked is visited") { store in
            let found: Set<String> = try await store.change { transaction in
                for id in ["a", "b", "c"] { try AccessChecks.token(transaction, id) }
                _ = try transaction.revokeToken("b", at: Seed.moment(9))
                var found: Set<String> = []
                try transaction.forEachLiveToken { found.insert($0.id) }
                return found
            }
            try expectEqual(found, ["a", "c"])
        },
    ]
}
