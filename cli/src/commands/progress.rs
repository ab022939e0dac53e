//! One line on the terminal that says what is being fetched.

use std::io::Write;

use weir_io_source::Progress;

use crate::Streams;
use crate::output::safe;

/// The line. It is wiped when it is dropped, and never shown when nobody watches.
pub(crate) struct ProgressLine<'streams> {
    out: Option<&'streams mut dyn Write>,
    running: usize,
    done: usize,
}

impl<'streams> ProgressLine<'streams> {
    /// Starts with an empty line.
    pub(crate) fn new<'all: 'streams>(streams: &'streams mut Streams<'all>) -> Self {
        let out: Option<&'streams mut dyn Write> =
            if streams.interactive { Some(&mut *streams.err) } else { None };
        Self { out, running: 0, done: 0 }
    }

    /// Shows what happens.
    pub(crate) fn show(&mut self, progress: Progress<'_>) {
        let demand = match progress {
            Progress::Fetching(demand) => {
                self.running += 1;
                demand
            }
            Progress::Fetched(demand) | Progress::Failed(demand, _) => {
                self.done += 1;
                demand
            }
        };
        let (done, all) = (self.done, self.running.max(self.done));
        if let Some(out) = &mut self.out {
            let text: String = safe::line(&demand.to_string()).chars().take(60).collect();
            // Progress that cannot be shown is no reason to stop.
            write!(out, "\r\u{1b}[2Kfetching {done}/{all}: {text}").and_then(|()| out.flush()).ok();
        }
    }
}

impl Drop for ProgressLine<'_> {
    fn drop(&mut self) {
        if self.running + self.done > 0
            && let Some(out) = &mut self.out
        {
            write!(out, "\r\u{1b}[2K").and_then(|()| out.flush()).ok();
        }
    }
}
