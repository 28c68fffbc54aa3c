//! What a read-back or an event means: the next picture of a project, and the request status that follows.
//! The order of deliveries cannot matter: only the latest read counts, and events go by the moments that they name.

mod event;
mod picture;
mod status;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use event::after_event;
pub use picture::{Surroundings, observed};
pub use status::status;
