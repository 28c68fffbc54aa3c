//! The domain's ports on AWS: the table in DynamoDB, the queues in SQS, the secrets in Secrets Manager.
//!
//! [`connect`] makes the clients, once per process; each adapter is made from one of them.

pub mod ambient;
pub mod connect;
mod failure;
pub mod queues;
pub mod secrets;
pub mod store;
