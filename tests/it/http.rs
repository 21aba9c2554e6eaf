//! Does every route answer as the interface says?
