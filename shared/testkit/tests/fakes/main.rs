//! The fakes answer as the documentation of the real services says, quirks included.

mod client;
mod control;
mod faults;
mod opensolar_contacts;
mod opensolar_lists;
mod opensolar_projects;
mod opensolar_webhooks;
mod opensolar_work;
mod whatsapp;
