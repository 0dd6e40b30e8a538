internal import Dispatch
internal import Synchronization

/// Runs a resolver on other threads, so that the caller waits no longer than its deadline.
///
/// getaddrinfo(3) can neither be cancelled nor be given a limit: a lookup that nobody waits for any more goes on until the
/// name servers' own limits end it. So that these cannot gather, only so many run at a time and the others wait.
final class BoundedLookup: Sendable {
    static let concurrentMax: Int = 16

    private let resolver: any AddressResolver
    /// Those that nothing runs on. Serial queues get a thread at once; work on a concurrent one would wait for the very
    /// threads of Dispatch's pool that callers block.
    private let freeQueues: Mutex<[DispatchQueue]>
    private let slots = DispatchSemaphore(value: BoundedLookup.concurrentMax)

    init(_ resolver: any AddressResolver) {
        self.resolver = resolver
        let numbers: Range<Int> = 0..<BoundedLookup.concurrentMax
        freeQueues = Mutex(numbers.map { DispatchQueue(label: "stemma.delivery.resolver.\($0)") })
    }

    /// All addresses of the host, at least one. Throws `DeliveryFailure.resolve` or `.timeout`.
    func addresses(of host: String, by deadline: Deadline) throws(DeliveryFailure) -> [IPAddress] {
        guard slots.wait(timeout: deadline.dispatchTime) == .success else { throw .timeout }
        // There are as many queues as slots.
        guard let queue = freeQueues.withLock({ $0.popLast() }) else { throw .resolve }
        let answer = Answer()
        queue.async {
            do throws(ResolutionError) {
                answer.give(try self.resolver.addresses(of: host))
            } catch {
                answer.give([])
            }
            self.freeQueues.withLock { $0.append(queue) }
            self.slots.signal()
        }
        guard let addresses = answer.wait(until: deadline) else { throw .timeout }
        guard !addresses.isEmpty else { throw .resolve }
        return addresses
    }

    /// What one thread gives and another waits for.
    private final class Answer: Sendable {
        private let addresses = Mutex<[IPAddress]>([])
        private let isGiven = DispatchSemaphore(value: 0)

        func give(_ found: [IPAddress]) {
            addresses.withLock { $0 = found }
            isGiven.signal()
        }

        func wait(until deadline: Deadline) -> [IPAddress]? {
            guard isGiven.wait(timeout: deadline.dispatchTime) == .success else { return nil }
            return addresses.withLock { $0 }
        }
    }
}
