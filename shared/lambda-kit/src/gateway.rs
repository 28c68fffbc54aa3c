//! What API Gateway hands over, made a request whatever it is.
//!
//! Anybody may send anything to a public address, and what API Gateway passes on of it has to be answered: a function
//! that ends over a header that is no ASCII, or a query with a space in it, is a 500 and an alarm for each who tries.
//! So everything is read by itself, and what cannot be used counts as not sent.

mod event;
mod target;

use std::fmt::Debug;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::HeaderMap;
use lambda_http::http::header::HOST;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt;
use lambda_http::{Adapter, Error, IntoResponse, Request, Service};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::value::RawValue;

use self::event::Event;

/// Serves what API Gateway sends, of payload format 2.0 or 1.0, until the runtime ends. Answers have the form of 2.0.
///
/// # Errors
/// What the runtime could not go on after; never for anything that was sent.
pub async fn run<'a, S, R, E>(service: S) -> Result<(), Error>
where
    S: Service<Request, Response = R, Error = E>,
    S::Future: Send + 'a,
    R: IntoResponse,
    E: Debug + Into<Diagnostic>,
{
    let readable = |event: LambdaEvent<Box<RawValue>>| {
        let request = LambdaRequest::ApiGatewayV2(understood(event.payload.get()));
        LambdaEvent::new(request, event.context)
    };
    lambda_runtime::run(Adapter::from(service).map_request(readable)).await
}

/// The request that an event carries. One that is none, not even JSON, is a `GET` of `/` without anything.
pub fn request(event: &str) -> Request {
    LambdaRequest::ApiGatewayV2(understood(event)).into()
}

/// The event in a form that becomes a request for sure: the conversion panics at a host, a path or a query that is none,
/// and at base64 that is none.
fn understood(event: &str) -> ApiGatewayV2httpRequest {
    let event = Event::read(event);
    let (path, query) = target::usable(&event.path(), &event.query());
    let mut request = ApiGatewayV2httpRequest::default();
    request.request_context.http.method = event.method();
    request.raw_path = Some(path);
    request.raw_query_string = Some(query);
    request.request_context.domain_name = event.host();
    request.headers = without_address(event.headers());
    request.cookies = event.cookies();
    (request.body, request.is_base64_encoded) = event.body();
    request
}

/// The conversion would read any of them as an address; what is one, the request's URI has.
fn without_address(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(HOST);
    headers.remove("x-forwarded-proto");
    headers
}

#[cfg(test)]
mod tests;
