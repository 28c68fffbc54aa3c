//! What the bridge decides, and what it asks of the world. Knows no AWS, no HTTP, no environment and no clock.
//!
//! In reading order: the identifiers and values, the request that the CRM sends, OpenSolar's side, the record that
//! ties them together, what customers are told, the deliveries, the messages between functions, the ports, and the
//! use cases, one per way in.

pub mod address;
pub mod calendar;
pub mod ids;
pub mod json;
pub mod phone;

pub mod configuration;
pub mod fields;
pub mod governor;
pub mod log;
pub mod notification;
pub mod project;
pub mod registration;
pub mod remote;
pub mod remote_log;
pub mod request;
pub mod retry;
pub mod webhook;

pub mod jobs;
pub mod ports;

pub mod authentication;
pub mod compose;
pub mod observe;
pub mod usecase;
