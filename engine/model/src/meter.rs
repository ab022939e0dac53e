//! The bounds that make a hostile input end in a diagnostic.

use std::fmt;

/// How much one rendering may use. There is no clock in the engine: steps stand for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps of evaluation (a template action, a function call, a node visited).
    pub steps: u64,
    /// Bytes of text made.
    pub bytes: u64,
    /// Depth of nesting or inclusion.
    pub depth: u32,
}

impl Default for Limits {
    /// 100 million steps (under 10 s), 512 MiB, 1,000 levels.
    fn default() -> Self {
        Self { steps: 100_000_000, bytes: 512 << 20, depth: 1_000 }
    }
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// Too many steps.
    Steps(u64),
    /// Too much text.
    Bytes(u64),
    /// Too deep.
    Depth(u32),
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(limit) => write!(f, "rendering took more than {limit} steps"),
            Self::Bytes(limit) => write!(f, "rendering made more than {limit} bytes"),
            Self::Depth(limit) => write!(f, "rendering went more than {limit} levels deep"),
        }
    }
}

impl std::error::Error for Exhausted {}

/// Counts what a rendering uses.
#[derive(Clone, Debug)]
pub struct Meter {
    limits: Limits,
    steps: u64,
    bytes: u64,
}

impl Meter {
    /// Starts to count.
    pub fn new(limits: Limits) -> Self {
        Self { limits, steps: 0, bytes: 0 }
    }

    /// Counts steps.
    pub fn step(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.steps += steps;
        if self.steps > self.limits.steps {
            Err(Exhausted::Steps(self.limits.steps))
        } else {
            Ok(())
        }
    }

    /// Counts bytes of text made.
    pub fn bytes(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.bytes += bytes as u64;
        if self.bytes > self.limits.bytes {
            Err(Exhausted::Bytes(self.limits.bytes))
        } else {
            Ok(())
        }
    }

    /// Checks a depth.
    pub fn depth(&self, depth: u32) -> Result<(), Exhausted> {
        if depth > self.limits.depth { Err(Exhausted::Depth(self.limits.depth)) } else { Ok(()) }
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}
