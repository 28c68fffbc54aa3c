//! What is asked of the deployed bridge, in the order of the test: later steps find what earlier ones made.

use chrono::{DateTime, Utc};
use local::crm::Enquiry;
use local::polling::poll;
use local::redelivery::deliver_later_again;
use serde_json::{Value, json};
use testkit::{Calls, Fault};

use crate::bridge::Bridge;
use crate::door::{Answer, Key, client, knock};
use crate::{LIMIT, worked};

fn rudo(last_inbound_at: DateTime<Utc>) -> Enquiry {
    Enquiry {
        id: "1042",
        installation_type: "solar",
        first_name: "Rudo",
        last_name: "Example",
        email: "rudo@example.com",
        phone: "+263770000101",
        address: "12 Example Street",
        last_inbound_at: Some(last_inbound_at),
    }
}

impl Bridge<'_> {
    pub(crate) async fn lets_in_only_who_has_the_key(&mut self) {
        let endpoints = self.stack.endpoints();
        let (url, key) = (&endpoints.webhook_url, Key::Of(&endpoints.webhook_key));
        let delivery = r#"{"model": "Contact", "model_id": 1, "event": "UPDATE", "event_id": 1, "fields": {}}"#;
        let refused = knock(endpoints, url, Key::None, delivery).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert_eq!(knock(endpoints, url, Key::Of("another"), delivery).await, refused);
        assert_eq!(knock(endpoints, url, Key::Of("another"), "no JSON").await, refused, "whatever else is wrong");

        let unreadable = knock(endpoints, url, key, "no JSON").await;
        assert_eq!((unreadable.status, &unreadable.body["code"]), (400, &json!("not_json")), "{unreadable:?}");
        let accepted = Answer { status: 200, body: json!({"status": "accepted"}) };
        assert_eq!(knock(endpoints, url, key, delivery).await, accepted);
        let without_slash = url.trim_end_matches('/');
        assert_eq!(knock(endpoints, without_slash, key, delivery).await, accepted);
        self.settle().await;
        assert!(
            self.opensolar
                .calls()
                .iter()
                .all(|call| call.path.contains("/webhooks/") || call.path.contains("/workflows/"))
        );
    }

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

    pub(crate) async fn tells_what_happened_in_opensolar(&mut self) {
        let project = self.project().id;
        let before = self.crm.told().len();
        self.opensolar.design(project, 6.6).expect("a design");
        self.until("the customer is told of the design", |bridge| {
            (bridge.whatsapp.messages().len() == 1).then_some(())
        })
        .await;
        self.opensolar.sell(project).expect("a sale");
        self.until("the customer is thanked", |bridge| (bridge.whatsapp.messages().len() == 2).then_some(())).await;
        self.settle().await;
        let state = self.crm.state_of("1042").expect("told");
        assert_eq!((state.status.as_deref(), state.system_size_kw.as_deref()), (Some("scheduled"), Some("6.60")));
        assert!(state.contract_signed_at.is_some());
        assert!(self.whatsapp.messages().iter().all(|message| message.to == "263770000101"));
        // Each fact and each message once, however many deliveries there were of it.
        let news: Vec<Vec<&String>> =
            self.crm.told()[before..].iter().map(|update| update.changes.keys().collect()).collect();
        assert_eq!(news.len(), 4, "{news:?}");
        let revisions = self.crm.told().iter().map(|update| update.revision);
        assert!(revisions.is_sorted_by(|earlier, later| earlier < later));
    }

    pub(crate) async fn does_nothing_when_a_delivery_comes_again(&mut self) {
        let traces = |bridge: &Self| {
            (
                bridge.opensolar.calls(),
                bridge.crm.told().to_vec(),
                bridge.whatsapp.messages(),
                bridge.opensolar.projects(),
            )
        };
        let deliveries = self.opensolar.deliveries();
        let sale = deliveries.iter().rfind(|delivery| delivery.body.contains(r#""model":"Project""#));
        let sale = sale.expect("a delivery of the sold project").body.clone();
        let before = traces(self);
        let endpoints = self.stack.endpoints();
        let answer = knock(endpoints, &endpoints.webhook_url, Key::Of(&endpoints.webhook_key), &sale).await;
        assert_eq!(answer.status, 200, "a repeat is no mistake of the sender's");
        worked(deliver_later_again(self.stack, &sale).await);
        self.settle().await;
        assert_eq!(traces(self), before);
    }

    pub(crate) async fn puts_an_unreadable_request_aside_with_the_reason(&mut self) {
        let queue = worked(self.stack.endpoints().queue("sync-requests")).clone();
        let farai = Enquiry { id: "1044", installation_type: "starlink", ..rudo(Utc::now()) };
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

    pub(crate) async fn tries_a_refused_create_again_when_its_time_has_come(&mut self) {
        let tendai = Enquiry { id: "1043", email: "tendai@example.com", phone: "+263770000102", ..rudo(Utc::now()) };
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

    pub(crate) async fn looks_through_opensolars_projects_when_told_to(&mut self) {
        let not_yet = self.invoke("status-sweep", &json!({"sweep": "status"})).await;
        assert!(not_yet["ran"].is_boolean(), "{not_yet}");
        let report = self.invoke("status-sweep", &json!({"sweep": "status", "run": "now"})).await;
        let expected = json!({"ran": true, "rows": 2, "linked": 2, "enqueued": 0, "unread": null});
        assert_eq!(report, expected, "both are linked, and nothing happened since they were read");
    }

    pub(crate) async fn says_that_it_is_well_and_has_nothing_left_to_do(&mut self) {
        let address = format!("{}/api/opensolar/health", self.stack.endpoints().api_base_url);
        let answer = client().get(address).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let health: Value = answer.json().await.expect("JSON");
        assert_eq!(health, json!({"status": "ok", "table": "ok", "configuration": "active"}));
        self.settle().await;
        for queue in self.stack.endpoints().queues.values() {
            let depth = worked(self.stack.aws().depth(&queue.dlq_url).await);
            assert_eq!((depth.waiting, depth.in_flight), (0, 0), "{}", queue.dlq_url);
        }
    }
}
