//! An event's fields, each read by itself: one that is odd spoils no other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::header::HOST;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;
use url::form_urlencoded::Serializer;

/// A name has at most 253 characters, a port five and its colon one.
const LONGEST_HOST: usize = 259;

/// The fields, not read yet.
pub(super) struct Event<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Event<'a> {
    /// The fields of an object; of anything else none.
    pub(super) fn read(event: &'a str) -> Self {
        Self(serde_json::from_str(event).unwrap_or_default())
    }

    fn field<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    pub(super) fn path(&self) -> String {
        self.field("rawPath").or_else(|| self.field("path")).unwrap_or_default()
    }

    pub(super) fn method(&self) -> Method {
        let context: Option<Value> = self.field("requestContext");
        let name = context.as_ref().and_then(|context| context.pointer("/http/method")?.as_str());
        let name = name.map(str::to_owned).or_else(|| self.field("httpMethod")).unwrap_or_default();
        name.parse().unwrap_or_default()
    }

    /// The name under which the API was asked, if it is one: a header's word first, since an API may have several names.
    pub(super) fn host(&self) -> Option<String> {
        let headers = self.headers();
        let sent = headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let context: Option<Value> = self.field("requestContext");
        let own = || context.as_ref().and_then(|context| context.get("domainName")?.as_str().map(str::to_owned));
        let is_host = |host: &String| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
            // As the conversion reads it, which panics at what is none.
            host.len() <= LONGEST_HOST && host.bytes().all(is_plain) && Url::parse(&format!("https://{host}/")).is_ok()
        };
        sent.filter(is_host).or_else(|| own().filter(is_host))
    }

    /// The query as it was sent; of an event of format 1.0, which has it decoded, encoded again.
    pub(super) fn query(&self) -> String {
        if let Some(raw) = self.field("rawQueryString") {
            return raw;
        }
        let several: Option<BTreeMap<String, Vec<String>>> = self.field("multiValueQueryStringParameters");
        let single = || self.field::<BTreeMap<String, String>>("queryStringParameters").unwrap_or_default();
        let mut query = Serializer::new(String::new());
        match several {
            Some(several) => query
                .extend_pairs(several.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)))),
            None => query.extend_pairs(single()),
        };
        query.finish()
    }

    /// Every header that HTTP takes, whatever the case of its name, as often as it was sent. Format 1.0 has them twice,
    /// and says only in the one place how often.
    pub(super) fn headers(&self) -> HeaderMap {
        let several: BTreeMap<String, Value> = self.field("multiValueHeaders").unwrap_or_default();
        let sent = if several.is_empty() { self.field("headers").unwrap_or_default() } else { several };
        let mut headers = HeaderMap::new();
        for (name, values) in &sent {
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
            let values = match values {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            let sent = values.iter().filter_map(Value::as_str);
            for value in sent.filter_map(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
                // Only beyond 32,768 headers is there no room.
                let _ = headers.try_append(name.clone(), value);
            }
        }
        headers
    }

    pub(super) fn cookies(&self) -> Option<Vec<String>> {
        self.field("cookies")
    }

    /// The body, and whether it is base64. What cannot be decoded is the body as it stands there.
    pub(super) fn body(&self) -> (Option<String>, bool) {
        let Some(raw) = self.0.get("body") else { return (None, false) };
        let Ok(text) = serde_json::from_str::<Option<String>>(raw.get()) else {
            return (Some(raw.get().to_owned()), false);
        };
        let is_said_to_be = self.field("isBase64Encoded").unwrap_or(false);
        let is_base64 = is_said_to_be && text.as_ref().is_some_and(|text| STANDARD.decode(text).is_ok());
        (text, is_base64)
    }
}
