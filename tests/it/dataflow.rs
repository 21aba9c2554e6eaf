//! Do hand-written plans give the rows they mean, under insertion and retraction?
