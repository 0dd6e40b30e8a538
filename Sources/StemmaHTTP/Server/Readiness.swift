internal import CEpoll
internal import Glibc

/// Waits until descriptors are ready. The one place that knows epoll; an implementation on another kernel interface
/// replaces this file.
///
/// Connections are watched edge-triggered for both directions with a single registration for their whole life, so a
/// connection must use a direction up to "would block" (or a short read) before it waits for that direction again.
/// Listeners and the wake-up descriptor are level-triggered.
struct Readiness: ~Copyable {
    /// What happened to one descriptor.
    struct Event {
        /// The value given at registration.
        let token: UInt64
        let isReadable: Bool
        let isWritable: Bool
        /// The peer has closed its sending side.
        let isInputEnded: Bool
        /// The connection is dead in both directions.
        let isBroken: Bool
    }

    private static let eventsMax = 512

    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    /// Throws `ListenError.system`.
    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemCall.failure("epoll_create1", "event loop") }
        events = .allocate(capacity: Self.eventsMax)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// Watches a connection, edge-triggered. False where the system refuses.
    func addConnection(_ watched: Int32, token: UInt64) -> Bool {
        let flags = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        return control(EPOLL_CTL_ADD, watched, flags, token)
    }

    /// Watches a descriptor for input, level-triggered. False where the system refuses.
    func addInput(_ watched: Int32, token: UInt64) -> Bool {
        control(EPOLL_CTL_ADD, watched, EPOLLIN.rawValue, token)
    }

    /// Stops watching. Closing a descriptor does the same.
    func remove(_ watched: Int32) { _ = control(EPOLL_CTL_DEL, watched, 0, 0) }

    private func control(_ operation: Int32, _ watched: Int32, _ flags: UInt32, _ token: UInt64) -> Bool {
        var event = epoll_event(events: flags, data: epoll_data_t(u64: token))
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }

    /// Waits at most so long (-1: without limit) and answers how many events can be read with `event(_:)`.
    func wait(timeoutMilliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor, events, Int32(Self.eventsMax), timeoutMilliseconds)))
    }

    @inline(__always)
    func event(_ index: Int) -> Event {
        let flags = events[index].events
        let broken = EPOLLHUP.rawValue | EPOLLERR.rawValue
        return Event(
            token: events[index].data.u64, isReadable: flags & EPOLLIN.rawValue != 0,
            isWritable: flags & EPOLLOUT.rawValue != 0, isInputEnded: flags & EPOLLRDHUP.rawValue != 0,
            isBroken: flags & broken != 0)
    }
}
