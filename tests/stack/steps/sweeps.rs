//! `retry-sweep` and `status-sweep`, invoked as their schedules would.

use chrono::Utc;
use local::crm::Enquiry;
use local::polling::poll;
use serde_json::{Value, json};
use testkit::{Calls, Fault};

use super::rudo;
use crate::bridge::Bridge;
use crate::{LIMIT, worked};

impl Bridge<'_> {
    pub(crate) async fn tries_a_refused_create_again_when_its_time_has_come(&mut self) {
        let tendai = Enquiry {
            id: "1043",
            first_name: "Tendai",
            email: "tendai@example.com",
            phone: "+263770000102",
            last_inbound_at: None,
            ..rudo(Utc::now())
        };
        let throttled = Fault::Refuse { status: 429, body: Value::Null, retry_after: Some(1) };
        self.opensolar.fail_next(Calls::to("POST", "/projects/"), throttled);
        worked(self.crm.ask_for(&tendai).await);
        self.until("the CRM is told that it waits", |bridge| {
            let state = bridge.crm.state_of("1043")?;
            (state.sync_reason.as_deref() == Some("quota")).then_some(())
        })
        .await;
        // The schedule may be faster than we are: then there is nothing left to wake, and the report says so.
        let mut woken = 0;
        let made = poll(LIMIT, async || {
            let report = self.invoke("retry-sweep", &json!({"sweep": "retry"})).await;
            for count in ["due", "woken", "sent", "moved_on", "failed"] {
                assert!(report[count].is_u64(), "{report}");
            }
            woken += report["woken"].as_u64().unwrap_or_default();
            Ok((self.opensolar.projects().len() == 2).then_some(()))
        });
        assert!(worked(made.await).is_some(), "the second project is made");
        assert!(woken <= 1, "one thing was due, and it was woken {woken} times");
        self.until("the CRM is told of it", |bridge| {
            let state = bridge.crm.state_of("1043")?;
            (state.status.as_deref() == Some("pending")).then_some(())
        })
        .await;
        let creates = self
            .opensolar
            .calls()
            .into_iter()
            .filter(|call| call.method == "POST" && call.path.ends_with("/projects/"));
        let statuses: Vec<u16> = creates.filter_map(|call| call.status).collect();
        assert_eq!(statuses, [201, 429, 201]);
        self.settle().await;
    }

    pub(crate) async fn finds_what_no_webhook_told(&mut self) {
        let now = json!({"sweep": "status", "run": "now"});
        let project = self.project_of("1043");
        let deliveries = self.opensolar.deliveries().len();
        // Of a project that its token cannot reach, OpenSolar sends no webhooks.
        self.opensolar.put_out_of_reach(project);
        self.opensolar.send_proposal(project).expect("sent");
        self.opensolar.bring_within_reach(project);
        assert_eq!(self.opensolar.deliveries().len(), deliveries);

        let projects = self.opensolar.projects().len();
        let report = self.invoke("status-sweep", &now).await;
        let counts = ["rows", "linked", "changed"].map(|count| report[count].as_u64());
        // Besides the proposal there is our own change of address and notes, which no trigger of the webhook names.
        let expected = [projects, projects, 2].map(|count| u64::try_from(count).ok());
        assert_eq!(counts, expected, "{report}");
        assert_eq!((&report["end"], &report["unread"]), (&json!("finished"), &Value::Null), "{report}");
        self.until("the CRM is told of the proposal", |bridge| bridge.crm.state_of("1043")?.proposal_url.clone()).await;
        self.settle().await;

        let again = self.invoke("status-sweep", &now).await;
        assert_eq!(again["changed"], 0, "everything is as it was read: {again}");
        let scheduled = self.invoke("status-sweep", &json!({"sweep": "status"})).await;
        assert_eq!(scheduled["ran"], false, "the night's run has been: {scheduled}");
    }
}
