//! Mutated input for all that reads what others wrote: it may refuse, and it may not panic, hang or say what is not so.
//!
//! Each target is a plain function, so the tests run it for seconds and libFuzzer for hours. Input is bent where it
//! matters, in the structure of valid JSON: bytes alone would hardly ever get past the first parser.

// It has no tests of its own, and the door's handler that it includes has its own elsewhere.
#![cfg(not(test))]

mod mutation;
pub mod random;
mod setting;
pub mod tally;
pub mod targets;
