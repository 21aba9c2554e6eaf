//! The outside's data to typed rows: every line accepted, or refused with its place, a code and a sentence. Nothing is silently changed.
