//! Whole flows over fakes: each test is a sentence about what the outside world sees.

mod absence;
mod adversity;
mod bad_input;
mod deliveries;
mod doubt;
mod eligibility;
mod events;
mod gone;
mod governor;
mod history;
mod late_answer;
mod messages;
mod milestones;
mod operator;
mod organisations;
mod outages;
mod reminder;
mod request_to_project;
mod resume;
mod retry;
mod second_look;
mod status_sweep;
mod strangers;
mod unknowns;
mod updates;
mod webhook_to_whatsapp;
