/// Test support: contract suites, memory stores, clocks. Never shipped.
enum StemmaTesting {}
