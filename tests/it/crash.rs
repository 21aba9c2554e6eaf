//! Is anything acknowledged lost when the disk fails at any operation?
