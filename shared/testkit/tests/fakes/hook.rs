//! An endpoint for webhooks that tells what it gets.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The headers of what comes, in order.
pub(crate) type Received = UnboundedReceiver<HeaderMap>;

/// Listens until the test ends; its address, and what it gets.
pub(crate) async fn listen() -> (String, Received) {
    let (sender, received) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let routes = Router::new().route("/hook", post(tell)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (endpoint, received)
}

async fn tell(State(sender): State<UnboundedSender<HeaderMap>>, headers: HeaderMap) {
    // Nobody may listen any more.
    let _ = sender.send(headers);
}
