//! Does the engine agree with a naive evaluator over random programs and histories?
