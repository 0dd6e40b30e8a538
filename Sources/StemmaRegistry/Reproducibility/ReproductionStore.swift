/// Reading attempts to make versions again.
package protocol ReproductionReader {}

/// Recording attempts to make versions again.
package protocol ReproductionWriter {}
