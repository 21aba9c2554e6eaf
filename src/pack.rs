//! Rule packs as folders: read, hash, check, and parse the data beside the rules.
