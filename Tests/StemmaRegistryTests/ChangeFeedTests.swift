import StemmaTesting
import Testing

@testable import StemmaRegistry

@Suite struct ChangeFeedTests {
    /// Whatever a caller says it saw last, the feed answers.
    @Test(arguments: [Int64.min, -2, Int64.max - 1, Int64.max])
    func everyPlaceIsAnswered(_ after: Int64) async throws {
        try await RegistryFixture.with { fixture in
            try await fixture.register("m", #"{"version":"1.0.0"}"#)
            let page: ChangeFeed.Page = try await fixture.core.changes.read(
                after: after, .everything, limit: 10, until: .now)
            #expect(page.events.isEmpty == (after > 0))
            #expect(!page.hasMore && page.next >= -1)
        }
    }
}
