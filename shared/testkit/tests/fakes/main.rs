//! The fakes answer as the documentation of the real services says, quirks included.

mod client;
mod control;
mod faults;
mod hook;
mod more_faults;
mod opensolar_access;
mod opensolar_answer_quirks;
mod opensolar_contact_quirks;
mod opensolar_contacts;
mod opensolar_delivery_quirks;
mod opensolar_event_quirks;
mod opensolar_list_quirks;
mod opensolar_lists;
mod opensolar_people;
mod opensolar_project_quirks;
mod opensolar_projects;
mod opensolar_quirks;
mod opensolar_webhook_quirks;
mod opensolar_webhooks;
mod opensolar_work;
mod relay;
mod whatsapp;
mod whatsapp_codes;
