/// Reading the lineage graph.
package protocol LineageReader {}

/// Changing the lineage graph.
package protocol LineageWriter {}
