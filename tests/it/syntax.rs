//! Does the parser read everything, and never fail?
