//! The bound on what aliases may grow a document to.

/// Go's count of decoding steps, and of those among them that aliases caused.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    decoded: u64,
    aliased: u64,
    bytes: usize,
}

/// However the proportions are, more is not expanded.
const MAX_DECODED: u64 = 20_000_000;

/// Nor is more text repeated.
const MAX_BYTES: usize = 256 << 20;

/// Up to the first number of steps 99 % may come from aliases; from the second on 10 %.
const RANGE: (f64, f64) = (400_000.0, 4_000_000.0);

impl Expansion {
    /// Counts a node of the text itself.
    pub(crate) fn count(&mut self) {
        self.decoded = self.decoded.saturating_add(1);
    }

    /// Counts the steps that an alias repeats.
    pub(crate) fn expand(&mut self, steps: u64) {
        self.decoded = self.decoded.saturating_add(steps);
        self.aliased = self.aliased.saturating_add(steps);
    }

    /// Counts the text that an alias repeats.
    pub(crate) fn repeat(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Returns how many of the steps no alias caused.
    pub(crate) fn own(&self) -> u64 {
        self.decoded.saturating_sub(self.aliased)
    }

    /// Returns how many steps were counted.
    pub(crate) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Tells whether too many steps come from aliases.
    pub(crate) fn is_excessive(&self) -> bool {
        if self.bytes > MAX_BYTES {
            return true;
        }
        if self.aliased <= 100 || self.decoded <= 1000 {
            return false;
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio need not be exact")]
        let (decoded, aliased) = (self.decoded as f64, self.aliased as f64);
        let (low, high) = RANGE;
        let allowed = if decoded <= low {
            0.99
        } else if decoded >= high {
            0.10
        } else {
            0.99 - 0.89 * ((decoded - low) / (high - low))
        };
        self.decoded > MAX_DECODED || aliased / decoded > allowed
    }
}
