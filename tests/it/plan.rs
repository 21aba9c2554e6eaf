//! Are plans what their text says, and do optimisations leave answers alone?
