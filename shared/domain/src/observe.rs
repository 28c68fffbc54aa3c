//! What a read-back means: the next picture of a project, and the request status that follows.
//! The order of deliveries cannot matter, since only the latest read counts.

mod picture;
mod status;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use picture::{Surroundings, observed};
pub use status::status;
