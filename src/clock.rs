//! The only source of wall time; a fixed one for tests.
