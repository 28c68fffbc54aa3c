//! What is outside, in memory: OpenSolar with the people who work there, WhatsApp with its customers, and SQS.

pub(crate) mod office;
pub(crate) mod opensolar;
pub(crate) mod outcome;
pub(crate) mod sqs;
pub(crate) mod whatsapp;
