//! Does the checker find every kind of mistake, at its place?
