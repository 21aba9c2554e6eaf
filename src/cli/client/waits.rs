//! How long to wait before the next try: longer each time, at least as long as the server asked for, and never past the patience.

use std::time::{Duration, Instant};

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause: who comes back is noticed within this time.
const LONGEST: Duration = Duration::from_secs(30);

/// The waits of one request.
pub struct Waits {
    patience: Duration,
    since: Option<Instant>,
    pause: Duration,
}

impl Waits {
    pub fn new(patience: Duration) -> Waits {
        Waits { patience, since: None, pause: FIRST }
    }

    /// The pause before the next try; `None`: patience is at its end. It counts from the first failure.
    pub fn next(&mut self, asked: Duration) -> Option<Duration> {
        let waited = self.since.get_or_insert_with(Instant::now).elapsed();
        self.after(waited, asked)
    }

    fn after(&mut self, waited: Duration, asked: Duration) -> Option<Duration> {
        let left = self.patience.checked_sub(waited).filter(|left| !left.is_zero())?;
        let pause = self.pause.max(asked).min(left);
        self.pause = (self.pause * 2).min(LONGEST);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn pauses_grow_up_to_a_bound_and_end_with_the_patience() {
        let mut waits = Waits::new(S(100));
        let mut waited = Duration::ZERO;
        let mut pauses = Vec::new();
        while let Some(pause) = waits.after(waited, Duration::ZERO) {
            waited += pause;
            pauses.push(pause.as_millis());
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 8_500]);
    }

    #[test]
    fn what_the_server_asks_for_counts_but_not_past_the_patience() {
        let mut waits = Waits::new(S(20));
        assert_eq!(waits.after(S(0), S(7)), Some(S(7)));
        assert_eq!(waits.after(S(7), S(1)), Some(S(1)));
        assert_eq!(waits.after(S(8), S(60)), Some(S(12)));
        assert_eq!(waits.after(S(20), S(0)), None);
        assert_eq!(Waits::new(S(0)).after(S(0), S(0)), None);
    }
}
