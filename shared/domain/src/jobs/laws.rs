//! Messages of other versions of the program wait on the queues while it is deployed: any message comes back as it was
//! sent, whatever fields a later version put beside its own, and whichever of those that may be missing it leaves out.

use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::DeserializeOwned;

use super::crm_update::{self, Cause, CauseKind, CrmState, CrmUpdate};
use super::sync_request::{self, CustomerMessage, InstallationRequestMessage, SyncRequestMessage};
use super::*;
use crate::authentication::Scheme;
use crate::notification::Milestone;
use crate::usecase::sync_project::SyncMessage;

/// Fields whose own fields are data: what is added there is more data.
const MAPS: [&str; 2] = ["headers", "changes"];

/// The message with a field that nobody knows in each of its objects.
fn of_a_later_version(mut message: Value) -> Value {
    if let Value::Object(fields) = &mut message {
        for (name, value) in fields.iter_mut() {
            if !MAPS.contains(&name.as_str()) {
                *value = of_a_later_version(value.take());
            }
        }
        fields.insert("added_later".to_owned(), serde_json::json!({"of": ["a", "later", "version"]}));
    }
    message
}

/// The message as it is read from its text: as it is, and with more in it than is known.
fn read_back<T: Serialize + DeserializeOwned>(message: &T) -> [T; 2] {
    let text = to_json(message);
    let later = of_a_later_version(serde_json::from_str(&text).expect("JSON")).to_string();
    [text, later].map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}")))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9 ]{0,12}", "\\PC{0,12}", Just("\"}\\\n☀️\u{0}".to_owned())]
}

fn org() -> impl Strategy<Value = OrgId> {
    any::<u64>().prop_map(OrgId)
}

fn request_id() -> impl Strategy<Value = RequestId> {
    "[A-Za-z0-9_-]{1,100}".prop_map(|id| id.parse().expect("an id"))
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (0..4_000_000_000_i64, select(vec![0, 1, 1_000_000, 999_999_999]))
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).expect("a time"))
}

fn delivery_key() -> impl Strategy<Value = DeliveryKey> {
    text().prop_map(DeliveryKey::stored)
}

fn sync_job() -> impl Strategy<Value = SyncJob> {
    prop_oneof![
        (org(), request_id()).prop_map(|(org_id, request_id)| SyncJob::Wake { org_id, request_id }),
        (org(), request_id()).prop_map(|(org_id, request_id)| SyncJob::FetchStatus { org_id, request_id }),
        (org(), request_id(), any::<bool>(), text()).prop_map(|(org_id, request_id, force, requested_by)| {
            SyncJob::Resync { org_id, request_id, force, requested_by }
        }),
    ]
}

fn received() -> impl Strategy<Value = ReceivedDelivery> {
    let headers = proptest::collection::btree_map(text(), text(), 0..4);
    let scheme = select(vec![Scheme::Header, Scheme::Hmac, Scheme::Both]);
    (org(), time(), headers, text(), text(), scheme, any::<Option<usize>>()).prop_map(
        |(org_id, received_at, headers, body_base64, body_sha256, scheme, cut_from)| ReceivedDelivery {
            org_id,
            received_at,
            headers,
            body_base64,
            body_sha256,
            scheme,
            cut_from,
        },
    )
}

fn webhook_job() -> impl Strategy<Value = WebhookJob> {
    prop_oneof![
        received().prop_map(WebhookJob::Delivery),
        (org(), delivery_key()).prop_map(|(org_id, delivery)| WebhookJob::Replay { org_id, delivery }),
        (org(), any::<u64>()).prop_map(|(org_id, id)| WebhookJob::ReplayHeld { org_id, project_id: id.into() }),
        (org(), request_id()).prop_map(|(org_id, request_id)| WebhookJob::ReadBack { org_id, request_id }),
    ]
}

fn notice_job() -> impl Strategy<Value = NoticeJob> {
    (org(), request_id(), select(Milestone::ALL.to_vec()), any::<u32>()).prop_map(
        |(org_id, request_id, milestone, epoch)| NoticeJob { org_id, key: NoticeKey { request_id, milestone, epoch } },
    )
}

fn wake() -> impl Strategy<Value = Wake> {
    prop_oneof![
        sync_job().prop_map(Wake::Sync),
        (text(), webhook_job()).prop_map(|(group, job)| Wake::Webhooks { group, job }),
        notice_job().prop_map(Wake::Notice),
        org().prop_map(|org_id| Wake::Resume { org_id }),
        (org(), request_id()).prop_map(|(org_id, request_id)| Wake::Outbox { org_id, request_id }),
    ]
}

fn queue_message() -> impl Strategy<Value = QueueMessage> {
    let queues = [QueueName::Webhooks, QueueName::SyncRequests, QueueName::Notifications, QueueName::CrmUpdates];
    (select(queues.to_vec()), text(), text(), text()).prop_map(|(queue, group, deduplication_id, body)| QueueMessage {
        queue,
        group,
        deduplication_id,
        body,
    })
}

/// To a millionth of a degree: finer ones may come back a little beside themselves, and are rounded anyway.
fn degrees() -> impl Strategy<Value = f64> {
    -180.0..180.0_f64
}

fn customer() -> impl Strategy<Value = CustomerMessage> {
    let names = (maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()));
    let places = (maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()));
    (names, places, any::<bool>(), maybe(time())).prop_map(|(names, places, is_blocked, last_inbound_at)| {
        let (id, first_name, last_name, email, phone_number, whatsapp_id) = names;
        let (city, state_province, postal_code, country, language) = places;
        CustomerMessage {
            id,
            first_name,
            last_name,
            email,
            phone_number,
            whatsapp_id,
            city,
            state_province,
            postal_code,
            country,
            language,
            is_blocked,
            last_inbound_at,
        }
    })
}

fn installation_request() -> impl Strategy<Value = InstallationRequestMessage> {
    let order = (request_id(), maybe(any::<u64>()), maybe(time()), maybe(time()));
    let words = (text(), maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()));
    let site = (maybe(text()), maybe(text()), maybe(text()), maybe(degrees()), maybe(degrees()));
    (order, words, site, maybe(text()), maybe(text()), customer()).prop_map(
        |(order, words, site, notes, preferred_datetime, customer)| {
            let (id, revision, updated_at, created_at) = order;
            let (installation_type, status, order_number, assessment_number, full_name, contact_phone) = words;
            let (address, installation_address, suburb, latitude, longitude) = site;
            InstallationRequestMessage {
                id,
                revision,
                updated_at,
                installation_type,
                status,
                order_number,
                assessment_number,
                full_name,
                contact_phone,
                address,
                installation_address,
                suburb,
                latitude,
                longitude,
                notes,
                preferred_datetime,
                created_at,
                customer,
            }
        },
    )
}

fn sync_request() -> impl Strategy<Value = SyncRequestMessage> {
    let about = (maybe(text()), maybe(time()), maybe(text()), any::<bool>(), maybe(text()));
    (about, installation_request()).prop_map(|(about, installation_request)| {
        let (message_id, occurred_at, trigger, force, requested_by) = about;
        SyncRequestMessage {
            schema_version: sync_request::SCHEMA_VERSION,
            message_type: sync_request::MESSAGE_TYPE.to_owned(),
            message_id,
            occurred_at,
            trigger,
            force,
            requested_by,
            installation_request,
        }
    })
}

fn crm_state() -> impl Strategy<Value = CrmState> {
    let ids = (maybe(any::<u64>()), maybe(any::<u64>()));
    let words = (maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()), maybe(text()));
    let sync = (maybe(text()), maybe(text()), maybe(text()), any::<u32>());
    let times = proptest::collection::vec(maybe(time()), 6);
    (ids, words, sync, times).prop_map(|((project, contact), words, sync, times)| {
        let (status, project_name, project_status, project_milestone, system_size_kw, proposal_url) = words;
        let (sync_status, sync_reason, sync_error_message, sync_retry_count) = sync;
        CrmState {
            status,
            opensolar_project_id: project.map(Into::into),
            opensolar_contact_id: contact.map(Into::into),
            project_name,
            project_status,
            project_milestone,
            system_size_kw,
            proposal_url,
            proposal_sent_at: times[0],
            proposal_viewed_at: times[1],
            contract_signed_at: times[2],
            installation_scheduled_date: times[3].map(|time| time.date_naive()),
            sync_status,
            sync_reason,
            sync_error_message,
            sync_waiting_until: times[4],
            sync_retry_count,
            last_synced_at: times[5],
        }
    })
}

fn crm_update() -> impl Strategy<Value = CrmUpdate> {
    let kinds = [CauseKind::Webhook, CauseKind::Sync, CauseKind::StatusFetch, CauseKind::Message, CauseKind::Operator];
    let changes = proptest::collection::btree_map(text(), text(), 0..4);
    let about = (text(), any::<u64>(), org(), request_id(), time());
    (about, select(kinds.to_vec()), text(), changes, crm_state()).prop_map(|(about, kind, id, changes, state)| {
        let (update_id, revision, org_id, installation_request_id, occurred_at) = about;
        CrmUpdate {
            schema_version: crm_update::SCHEMA_VERSION,
            message_type: crm_update::MESSAGE_TYPE.to_owned(),
            update_id,
            revision,
            org_id,
            installation_request_id,
            occurred_at,
            cause: Cause { kind, id },
            changes: changes.into_iter().map(|(field, to)| (field, Value::String(to))).collect(),
            state,
        }
    })
}

/// The places of the fields that hold nothing, which is what one that is left out means.
fn empty_places(message: &Value, at: &str, places: &mut Vec<String>) {
    for (name, value) in message.as_object().into_iter().flatten() {
        let place = format!("{at}/{name}");
        match value {
            Value::Null | Value::Bool(false) => places.push(place),
            other => empty_places(other, &place, places),
        }
    }
}

fn left_out(mut message: Value, place: &str) -> Value {
    let (parent, name) = place.rsplit_once('/').expect("a place");
    let parent = message.pointer_mut(parent).and_then(Value::as_object_mut).expect("it is there");
    parent.remove(name);
    message
}

proptest! {
    #[test]
    fn a_job_comes_back_as_it_was_sent(
        sync in sync_job(), webhook in webhook_job(), notice in notice_job(), wake in wake(), message in queue_message(),
    ) {
        prop_assert!(read_back(&sync).iter().all(|read| *read == sync));
        prop_assert!(read_back(&webhook).iter().all(|read| *read == webhook));
        prop_assert!(read_back(&notice).iter().all(|read| *read == notice));
        prop_assert!(read_back(&wake).iter().all(|read| *read == wake));
        prop_assert!(read_back(&message).iter().all(|read| *read == message));
    }

    #[test]
    fn what_a_wake_up_sends_is_what_its_worker_reads(wake in wake(), id in text()) {
        let message = wake.message(id.clone());
        let Some(message) = message else {
            let is_the_sweeps_own = matches!(wake, Wake::Resume { .. } | Wake::Outbox { .. });
            prop_assert!(is_the_sweeps_own);
            return Ok(());
        };
        prop_assert_eq!(&message.deduplication_id, &id);
        match (&wake, message.queue) {
            (Wake::Sync(job), QueueName::SyncRequests) => {
                let read = SyncMessage::parse(&message.body);
                prop_assert!(read.is_ok_and(|read| read == SyncMessage::Job(job.clone())));
            }
            (Wake::Webhooks { group, job }, QueueName::Webhooks) => {
                prop_assert_eq!(&serde_json::from_str::<WebhookJob>(&message.body).expect("a job"), job);
                prop_assert_eq!(&message.group, group);
            }
            (Wake::Notice(job), QueueName::Notifications) => {
                prop_assert_eq!(&serde_json::from_str::<NoticeJob>(&message.body).expect("a job"), job);
            }
            (wake, queue) => prop_assert!(false, "{wake:?} went to {queue:?}"),
        }
    }

    #[test]
    fn the_crms_message_comes_back_as_it_was_sent_and_is_no_job_of_ours(message in sync_request()) {
        prop_assert!(read_back(&message).iter().all(|read| *read == message));
        let read = SyncMessage::parse(&of_a_later_version(serde_json::to_value(&message).expect("JSON")).to_string());
        prop_assert!(read.is_ok_and(|read| read == SyncMessage::Request(Box::new(message))));
    }

    #[test]
    fn the_crms_message_means_the_same_without_the_fields_that_hold_nothing(
        message in sync_request(), chosen in proptest::collection::vec(any::<Index>(), 0..20),
    ) {
        let mut whole = serde_json::to_value(&message).expect("JSON");
        for index in chosen {
            let mut places = Vec::new();
            empty_places(&whole, "", &mut places);
            if !places.is_empty() {
                whole = left_out(whole, &places[index.index(places.len())]);
            }
        }
        prop_assert_eq!(SyncRequestMessage::parse(&whole.to_string()), Ok(message));
    }

    #[test]
    fn an_update_comes_back_as_it_was_sent_and_without_its_empty_facts(update in crm_update()) {
        prop_assert!(read_back(&update).iter().all(|read| *read == update));
        let mut places = Vec::new();
        let whole = serde_json::to_value(&update).expect("JSON");
        empty_places(&whole["state"], "/state", &mut places);
        let sparse = places.iter().fold(whole, |message, place| left_out(message, place));
        prop_assert_eq!(serde_json::from_value::<CrmUpdate>(sparse).expect("readable"), update);
    }
}
