//! The fuzz targets of `fuzz/`, run on their corpus and on what a seeded generator makes of it. No input may cause a panic.
#![expect(clippy::disallowed_methods, reason = "the corpus is read from disk")]

use std::path::Path;

#[expect(unreachable_pub, reason = "the fuzz targets call it too")]
#[path = "../../../fuzz/src/chart_load.rs"]
mod chart_load;
#[expect(unreachable_pub, reason = "the fuzz targets call it too")]
#[path = "../../../fuzz/src/strvals.rs"]
mod strvals;
#[expect(unreachable_pub, reason = "the fuzz targets call it too")]
#[path = "../../../fuzz/src/template_execute.rs"]
mod template_execute;
#[expect(unreachable_pub, reason = "the fuzz targets call it too")]
#[path = "../../../fuzz/src/template_parse.rs"]
mod template_parse;

/// Runs a target on each file of its corpus and on so many changes of each; `WEIR_FUZZ` multiplies these.
fn replay(target: &str, changes: usize, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(folder).expect("the target has a corpus");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let corpus: Vec<Vec<u8>> =
        paths.iter().map(|path| std::fs::read(path).expect("the corpus can be read")).collect();
    assert!(corpus.len() >= 5, "the corpus of {target} is small");
    let times = std::env::var("WEIR_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ times as u64);
    for data in &corpus {
        run(data);
        for _ in 0..changes * times {
            let changed = chance.change(data, &corpus);
            // What a panic was about must be seen.
            let caught = std::panic::catch_unwind(|| run(&changed));
            assert!(caught.is_ok(), "{target} panicked on {:?}", String::from_utf8_lossy(&changed));
        }
    }
}

/// A generator with a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    /// Changes some bytes, drops or doubles a part, or puts a part of another file in.
    fn change(&mut self, data: &[u8], corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut changed = data.to_vec();
        for _ in 0..=self.below(4) {
            let length = changed.len();
            let (a, b) = (self.below(length + 1), self.below(length + 1));
            let part = a.min(b)..a.max(b).min(a.min(b) + 64).min(length);
            match self.below(5) {
                0 if length > 0 => {
                    let at = self.below(length);
                    changed[at] = u8::try_from(self.below(256)).unwrap_or(0);
                }
                1 => drop(changed.drain(part)),
                2 => {
                    let copy = changed[part].to_vec();
                    let at = self.below(length + 1);
                    changed.splice(at..at, copy);
                }
                3 => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len());
                    let taken = &other[from..(from + 32).min(other.len())];
                    let at = self.below(length + 1);
                    changed.splice(at..at, taken.iter().copied());
                }
                _ => {
                    const WORDS: [&[u8]; 12] = [
                        b"{{",
                        b"}}",
                        b"{{-",
                        b"(",
                        b"\"",
                        b"end",
                        b"$x",
                        b"[0]",
                        b"\n",
                        b"../",
                        b"99999999999",
                        b"\xff",
                    ];
                    let word = WORDS[self.below(WORDS.len())];
                    let at = self.below(length + 1);
                    changed.splice(at..at, word.iter().copied());
                }
            }
        }
        changed
    }
}

#[test]
fn templates_are_parsed_or_refused() {
    replay("template_parse", 200, template_parse::run);
}

#[test]
fn templates_are_rendered_or_refused() {
    replay("template_execute", 20, template_execute::run);
}

#[test]
fn assignments_are_made_or_refused() {
    replay("strvals", 200, strvals::run);
}

#[test]
fn archives_are_loaded_or_refused() {
    replay("chart_load", 20, chart_load::run);
}
