//! Do all cases of all packs hold?
