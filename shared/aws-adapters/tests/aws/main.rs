//! The adapters against a DynamoDB in process, and against servers that answer as AWS does when something is wrong.

mod bench;
mod calls;
mod commits;
mod connect;
mod contract;
mod items;
mod queues;
mod rotation;
mod secrets;
mod stub;
mod unreadable;
