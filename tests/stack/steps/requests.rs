//! `project-sync`, as the CRM sees it.

use chrono::Utc;
use local::crm::Enquiry;
use serde_json::{Value, json};

use super::rudo;
use crate::bridge::Bridge;
use crate::worked;

impl Bridge<'_> {
    pub(crate) async fn makes_a_request_a_project_with_its_contact(&mut self) {
        let enquiry = rudo(Utc::now());
        worked(self.crm.ask_for(&enquiry).await);
        let told = self.until("the CRM is told of the project", |bridge| {
            let state = bridge.crm.state_of(enquiry.id)?;
            (state.status.as_deref() == Some("pending")).then(|| state.clone())
        });
        let told = told.await;
        let projects = self.opensolar.projects();
        let contacts = self.opensolar.contacts();
        assert_eq!((projects.len(), contacts.len()), (1, 1));
        assert_eq!(projects[0].contacts, [contacts[0].id]);
        assert_eq!(contacts[0].text("phone"), enquiry.phone);
        assert_eq!(told.opensolar_project_id.map(|id| id.to_string()), Some(projects[0].id.to_string()));
        assert_eq!(told.opensolar_contact_id.map(|id| id.to_string()), Some(contacts[0].id.to_string()));
        self.settle().await;
    }

    pub(crate) async fn brings_an_update_to_opensolar(&mut self) {
        let project = self.project().id;
        let notes = Some("The gate is green.");
        let wish = Enquiry { address: "14 Example Street", notes, revision: 2, ..rudo(Utc::now()) };
        worked(self.crm.ask_for(&wish).await);
        self.until("the note arrives in OpenSolar", |bridge| {
            (bridge.opensolar.project(project)?.details["notes"] == wish.notes?).then_some(())
        })
        .await;
        let changes: Vec<Value> = self.calls("PATCH", &format!("/projects/{project}/"));
        assert_eq!(changes, [json!({"address": wish.address, "notes": wish.notes})], "what changed, and nothing else");
        self.settle().await;
        let state = self.crm.state_of(wish.id).expect("told");
        assert_eq!((state.sync_status.as_deref(), &state.sync_reason), (Some("updated"), &None));
    }

    pub(crate) async fn makes_what_the_crm_insists_on(&mut self) {
        let farai = self.skipped();
        let before = self.opensolar.projects().len();
        worked(self.crm.insist_on(&farai).await);
        self.until("the CRM is told of the project", |bridge| {
            bridge.crm.state_of(farai.id)?.opensolar_project_id.clone()
        })
        .await;
        assert_eq!(self.opensolar.projects().len(), before + 1);
        self.settle().await;
    }

    pub(crate) async fn puts_an_unreadable_request_aside_with_the_reason(&mut self) {
        let queue = worked(self.stack.endpoints().queue("sync-requests")).clone();
        let farai = self.skipped();
        // In the group of the request behind it, so that it could hold it up.
        let unreadable = r#"{"schema_version": 1, "installation_request": {"id": "1044"}}"#;
        worked(self.stack.aws().send(&queue.url, farai.id, "unreadable", unreadable).await);
        worked(self.crm.ask_for(&farai).await);
        self.until("the request behind it is seen to", |bridge| bridge.crm.state_of("1044").cloned()).await;
        let state = self.crm.state_of("1044").expect("told");
        assert_eq!(state.sync_reason.as_deref(), Some("skipped"));
        let aside = worked(self.stack.aws().take(&queue.dlq_url).await);
        let [letter] = aside.as_slice() else { panic!("one dead letter, not {aside:?}") };
        assert_eq!((letter.group.as_str(), letter.body.as_str()), (farai.id, unreadable));
        assert!(letter.attributes["reason"].starts_with("not a sync request"), "{:?}", letter.attributes);
    }

    /// A request that is not synced unless somebody insists.
    fn skipped(&self) -> Enquiry<'static> {
        Enquiry {
            id: "1044",
            installation_type: "starlink",
            first_name: "Farai",
            email: "farai@example.com",
            phone: "+263770000103",
            ..rudo(Utc::now())
        }
    }
}
