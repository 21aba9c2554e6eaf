//! One test binary, a module per question.
