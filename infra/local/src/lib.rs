//! The whole system on one machine: the real binaries, deployed by a real `sam deploy` to a local AWS, with fakes of
//! OpenSolar and WhatsApp. Needs Rust and Python 3.11, nothing else.
//!
//! [`stack::Stack`] is what `cargo local up`, `cargo local demo` and the stack test share.

pub mod aws;
pub mod command;
pub mod configuration;
pub mod contract;
pub mod crm;
mod demo;
mod deployment;
mod door;
pub mod endpoints;
pub mod error;
pub mod functions;
pub mod http;
pub mod interrupt;
mod kept;
mod lock;
pub mod ministack;
mod opensolar_account;
mod operator;
pub mod operators_api;
mod outputs;
pub mod outside;
pub mod polling;
mod process;
pub mod progress;
pub mod python;
mod records;
pub mod redelivery;
mod soak;
pub mod stack;
pub mod workspace;
