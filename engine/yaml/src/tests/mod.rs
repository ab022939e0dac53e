//! What the whole crate promises; single mechanisms are tested beside their code.

mod behaviours;
mod hostile;
mod properties;
