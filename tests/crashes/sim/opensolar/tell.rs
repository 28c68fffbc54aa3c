//! What it tells of by webhooks: in `live` that something changed, in `design` what happened.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::configuration::ApiContract;
use serde_json::{Value, json};

use super::{Delivery, Speech, Stamps, State};

impl State {
    /// A hint at a project; `design` has none.
    pub(crate) fn tell_of_project(&mut self, id: u64, event: &str, at: DateTime<Utc>) {
        let Some(project) = self.projects.get(&id) else { return };
        if self.speech.contract() == ApiContract::Design {
            return;
        }
        self.events += 1;
        let body = json!({ "timestamp": at.timestamp().to_string(), "model": "Project", "model_id": id, "event": event,
            "event_id": self.events, "identifier": project.identifier, "fields": { "id": id } });
        self.deliveries.push(Delivery { body: body.to_string(), at });
    }

    /// A hint at an event of a project.
    pub(crate) fn tell_of_event(&mut self, project: u64, at: DateTime<Utc>) {
        self.events += 1;
        let id = 88_000 + self.events;
        let body = json!({ "timestamp": at.timestamp().to_string(), "model": "Event", "model_id": id, "event": "CREATE",
            "event_id": self.events, "fields": { "id": id, "project": format!("/api/orgs/1234/projects/{project}/") } });
        self.deliveries.push(Delivery { body: body.to_string(), at });
    }

    /// What happened to a project when it last changed, with these fields of it; `live` has no such events.
    pub(crate) fn tell_what_happened(&mut self, id: u64, event_type: &str, fields: &Value) {
        let (Some(project), Speech::Design(stamps)) = (self.projects.get(&id), self.speech) else { return };
        let at = project.modified_at;
        let mut body = json!({ "event_type": event_type, "project": fields });
        body["project"]["id"] = json!(id);
        if stamps == Stamps::Stamped {
            self.events += 1;
            body["event_id"] = json!(format!("event-{}", self.events));
            body["timestamp"] = json!(at.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
        self.deliveries.push(Delivery { body: body.to_string(), at });
    }
}
