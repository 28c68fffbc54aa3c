//! The ports held in memory, with the same promises as the real ones: for tests of what is behind them.

mod ambient;
mod credential;
mod effects;
mod items;
mod lists;
mod queue;
mod settings;
mod store;

pub use ambient::TestAmbient;
pub use credential::FixedCredential;
pub use queue::MemoryQueue;
pub use store::MemoryStore;
