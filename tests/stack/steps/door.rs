//! `webhook-ingest`, as OpenSolar sees it.

use serde_json::json;

use crate::bridge::Bridge;
use crate::door::{Answer, Key, knock};

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
}
