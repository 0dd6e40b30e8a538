/// Reading per-example evaluations.
package protocol EvaluationReader {}

/// Recording per-example evaluations.
package protocol EvaluationWriter {}
