//! Registrations, the log of attempts and the queue.

use serde_json::{Map, Value};

use super::Organisation;
use super::replies::{bad_request, body, created, deleted, detail, not_found, number};
use crate::fake_http::{Answer, Request};
use crate::fake_opensolar::delivery::ProcessLog;
use crate::fake_opensolar::lists::Page;
use crate::fake_opensolar::model::take;
use crate::fake_opensolar::quirks::{HookDeletion, ListedHeaders};
use crate::fake_opensolar::webhook::Webhook;

/// Not paged.
pub(super) fn list(org: &Organisation) -> Answer {
    Answer::ok(org.webhooks.values().map(|webhook| row(org, webhook)).collect())
}

pub(super) fn create(org: &mut Organisation, request: &Request) -> Answer {
    let id = org.next.webhook;
    let accept = |body: Map<String, Value>| Webhook::create(id, &body, &org.quirks.webhooks).map_err(bad_request);
    match body(request).and_then(accept) {
        Ok(webhook) => {
            let row = row(org, &webhook);
            org.webhooks.insert(take(&mut org.next.webhook), webhook);
            created(org, row)
        }
        Err(refusal) => refusal,
    }
}

pub(super) fn update(org: &mut Organisation, id: &str, request: &Request) -> Answer {
    let Some(mut webhook) = number(id).and_then(|id| org.webhooks.get(&id).cloned()) else { return not_found() };
    match body(request).and_then(|body| webhook.update(&body, &org.quirks.webhooks).map_err(bad_request)) {
        Ok(()) => {
            let row = row(org, &webhook);
            org.webhooks.insert(webhook.id, webhook);
            Answer::ok(row)
        }
        Err(refusal) => refusal,
    }
}

pub(super) fn delete(org: &mut Organisation, id: &str) -> Answer {
    match org.quirks.webhooks.deletion {
        HookDeletion::NotAllowed => detail(405, "Method \"DELETE\" not allowed."),
        HookDeletion::Allowed => {
            let removed = number(id).and_then(|id| org.webhooks.remove(&id));
            removed.map_or_else(not_found, |_| deleted(org))
        }
    }
}

/// Newest first. Past the last page this list answers 500, as documented. `search` looks into model, verb and notes.
pub(super) fn process_logs(org: &Organisation, request: &Request) -> Answer {
    let search = request.query("search").unwrap_or_default().to_lowercase();
    let rows = org.process_logs.iter().rev().filter(|log| log.mentions(&search)).map(ProcessLog::row).collect();
    or_500(org.page(rows, request))
}

/// What is still to be delivered, oldest first; past the last page like the log.
pub(super) fn queue(org: &Organisation, request: &Request) -> Answer {
    or_500(org.page(org.queue_rows(), request))
}

fn or_500(page: Page<Value>) -> Answer {
    match page {
        Page::Rows(rows) => Answer::ok(Value::Array(rows)),
        Page::PastTheEnd => Answer::page(500, "<h1>Server Error (500)</h1>"),
    }
}

fn row(org: &Organisation, webhook: &Webhook) -> Value {
    let mut row = webhook.row(org.links().to("webhooks", webhook.id));
    if org.quirks.webhooks.listed_headers == ListedHeaders::Shown {
        row["headers"] = webhook.headers_text();
    }
    row
}
