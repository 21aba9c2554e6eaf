//! The checked program as text, for golden tests and for people: one rule a line, kinds shown.
