//! Does the whole language path, from text to rows, give what its meaning says?
