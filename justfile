# The commands of the project. `just` alone lists them.

default:
    @just --list

# Everything that CI runs
test: lint
    cargo test --workspace

# Formatting and lints, warnings denied
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# The main job on the embedded example
demo:
    cargo run --release -- diff fixtures/fleet/before fixtures/fleet/after

# Review changed snapshots
review:
    cargo insta review

# Times, side by side with other tools where they are installed
bench:
    cargo bench -p weir-benches
