//! The rows of input relations, once, with primary keys and who asserted them.
