//! Parse arguments, call the library, exit code.

fn main() {}
