//! The fuzz target's corpus, on stable: each text ends in a result or an error, twice alike.
#![expect(clippy::disallowed_methods, reason = "a test reads its corpus from the disk")]

#[path = "../../../fuzz/src/kustomize.rs"]
#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
mod target;

#[test]
fn the_corpus_ends() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/kustomize");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        target::run(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "only {count} texts");
}
