//! Does a replay tell exactly what was told when it was new, and does `verify` find and name whatever is not as it was written? Neither
//! may change a byte of the folder.

mod folder;
mod told;
mod verify;
