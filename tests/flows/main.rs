//! Whole flows over fakes: each test is a sentence about what the outside world sees.

mod deliveries;
mod doubt;
mod eligibility;
mod late_answer;
mod messages;
mod milestones;
mod outages;
mod request_to_project;
mod retry;
mod status_sweep;
mod webhook_to_whatsapp;
