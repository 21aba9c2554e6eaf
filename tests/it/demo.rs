//! Does the demo find exactly what was planted?
