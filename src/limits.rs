//! Every bound of the system as a named constant with its reason.
