//! `cargo local send FILE`: an event on its way in, by the door that it would come through.

mod event;
mod outcome;

use std::fs;
use std::path::Path;

use super::running;
use crate::aws::Aws;
use crate::door::deliver;
use crate::error::LocalError;
use crate::operators_api::OperatorsApi;
use crate::records::Records;
use event::Event;
use outcome::Outcomes;

/// Sends the file as it is, waits for what comes of it and says that in a line.
///
/// # Errors
/// If it is no event that anything here takes, or if it was not taken.
pub async fn send(file: &Path) -> Result<String, LocalError> {
    let text = fs::read_to_string(file).map_err(LocalError::file("read", file))?;
    let event = event::event(&text).map_err(|reason| LocalError::Input { file: file.to_owned(), reason })?;
    let endpoints = running()?;
    let aws = Aws::at(&endpoints.aws_endpoint_url)?;
    let outcomes = Outcomes { endpoints: &endpoints, aws: &aws, records: Records::of(&endpoints, &aws) };
    match event {
        Event::Webhook { body } => {
            let status = deliver(&endpoints, body.clone()).await?;
            let outcome = outcomes.after_delivery(&body).await?;
            Ok(format!("the door answers {status}; {outcome}"))
        }
        Event::SyncRequest { request_id, message_id } => {
            let queue = endpoints.queue("sync-requests")?;
            let before = outcomes.records.request(&request_id).await?;
            aws.send(&queue.url, request_id.as_str(), &message_id, &text).await?;
            outcomes.after_request(&request_id, before.as_ref()).await
        }
        Event::Sweep { function } => {
            let invocation = aws.invoke(endpoints.function(function)?, &text).await?;
            match invocation.failed {
                true => Err(LocalError::Answer { operation: "invoking the function", reason: invocation.answer }),
                false => Ok(format!("{function} answers {}", invocation.answer)),
            }
        }
        Event::Operator { method, path, body } => {
            let answer = OperatorsApi::of(&endpoints)?.ask(method, &path, body).await?;
            let reason = format!("operator-api answers {} {}", answer.status, answer.body);
            match answer.status {
                200..300 => Ok(reason),
                _ => Err(LocalError::Answer { operation: "asking as an operator", reason }),
            }
        }
    }
}
