//! `webhook-apply` and `notify`, as the CRM and the customers see them.

use domain::notification::Milestone;
use local::redelivery::deliver_later_again;
use testkit::fake_whatsapp::Content;

use crate::bridge::Bridge;
use crate::door::{Key, knock};
use crate::worked;

impl Bridge<'_> {
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
        for message in self.whatsapp.messages() {
            assert!(message.to == "263770000101" && matches!(message.content, Content::Text { .. }), "{message:?}");
        }
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

    pub(crate) async fn tells_by_template_whoever_has_not_written_lately(&mut self) {
        let project = self.project_of("1043");
        let before = self.whatsapp.messages().len();
        self.whatsapp.close_all_windows();
        self.opensolar.design(project, 5.5).expect("a design");
        let message =
            self.until("the customer is told of the design", |bridge| bridge.whatsapp.messages().get(before).cloned());
        let message = message.await;
        assert_eq!(message.to, "263770000102");
        let Content::Template { name, parameters, .. } = &message.content else { panic!("{message:?}") };
        assert!(name.ends_with(Milestone::DesignComplete.as_str()), "{name}");
        assert_eq!(parameters, &["Tendai"]);
        self.settle().await;
        assert_eq!(self.whatsapp.messages().len(), before + 1);
        let told = self.crm.told_of("1043").last().expect("told");
        assert_eq!(told.changes["message"]["channel"], "template", "staff see it in the chat: {:?}", told.changes);
    }
}
