//! The team's roles: read-only, with secrets in them that no caller should log.

use serde_json::{Value, json};

use super::model::Organisation;

/// Ids and first names; all else is made of them.
const TEAM: [(u64, &str); 2] = [(55, "Dana"), (56, "Simba")];

impl Organisation {
    /// The rows of `GET /roles/`. `integration_json` is text that is not valid JSON, as observed live.
    pub(super) fn roles(&self) -> Vec<Value> {
        let role = |(id, name): (u64, &str)| {
            let email = format!("{}@example.com", name.to_lowercase());
            json!({
                "id": id,
                "url": self.links().to("roles", id),
                "email": email,
                "user": format!("{}/auth/users/{}/", self.base_url, id + 1000),
                "user_email": email,
                "first_name": name,
                "family_name": "Example",
                "display": format!("{name} Example"),
                "phone": "",
                "job_title": "Designer",
                "is_admin": id == 55,
                "is_hidden": false,
                "schedule_meeting_url": null,
                "api_key_chat": format!("an-invented-secret-of-role-{id}"),
                "integration_json": format!("{{'key': 'an-invented-secret-of-role-{id}'}}"),
            })
        };
        TEAM.into_iter().map(role).collect()
    }
}
