//! What is held of customers: who may see it, how it is exported, and how it goes.

mod cut;
mod doubt;
mod erasure;
mod people;
mod return_of_a_customer;
mod unseen;
