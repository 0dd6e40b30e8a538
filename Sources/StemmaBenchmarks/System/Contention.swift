/// Whether other programs keep the machine busy, which makes every figure less certain.
enum Contention {
    /// The share of all processors' time that was not idle over half a second in which this program does nothing;
    /// 0 where the kernel does not tell.
    static func busyShare() -> Double {
        guard let before = sample() else { return 0 }
        Clock.sleep(milliseconds: 500)
        guard let after = sample(), after.total > before.total else { return 0 }
        return (after.busy - before.busy) / (after.total - before.total)
    }

    /// Clock ticks since boot, from the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
    private static func sample() -> (busy: Double, total: Double)? {
        guard let line = try? Files.read("/proc/stat").split(separator: "\n").first else { return nil }
        let ticks: [Double] = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        let total: Double = ticks.reduce(0, +)
        return (total - ticks[3] - ticks[4], total)
    }
}
