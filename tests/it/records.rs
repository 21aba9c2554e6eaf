//! Do keys, owners and corrections hold at the door?
