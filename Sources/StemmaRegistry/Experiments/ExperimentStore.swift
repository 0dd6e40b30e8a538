/// Reading A/B experiments.
package protocol ExperimentReader {}

/// Changing A/B experiments.
package protocol ExperimentWriter {}
