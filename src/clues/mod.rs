//! Identity and life of clues, their deltas, and the feed that subscriptions read.
