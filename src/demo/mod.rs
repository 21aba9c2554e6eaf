//! A synthetic county: seeded agencies, persons, papers and faults, with the truth beside them.
