//! Command line: one file per subcommand, messages in the user's language, exit codes 0 done, 1 the input is at fault, 2 usage, 3 the server or disk is.
