//! Every path on one page.

use std::convert::Infallible;

use domain::usecase::Core;
use domain::usecase::operate::{TableHealth, health};
use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Request, Response};
use lambda_kit::http::{json, problem};

/// Answers a request. Health is for everyone: it tells nothing but whether the system can work.
pub(crate) async fn route(core: &Core, request: Request) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().trim_end_matches('/');
    Ok(match (request.method(), path) {
        (&Method::GET, "/api/opensolar/health") => {
            let health = health(core).await;
            let status = match health.table {
                TableHealth::Ok => StatusCode::OK,
                TableHealth::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            };
            json(status, &health)
        }
        (_, "/api/opensolar/health") => {
            problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path answers GET")
        }
        _ => problem(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path"),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::ports::Change;
    use testkit::builders;
    use testkit::memory::{MemoryQueue, MemoryStore, TestAmbient};

    use super::*;

    fn core() -> Core {
        let ambient = Arc::new(TestAmbient::default());
        let queue = Arc::new(MemoryQueue::new(ambient.clone()));
        Core { store: Arc::new(MemoryStore::new(ambient.clone())), queue, ambient }
    }

    async fn answer(core: &Core, method: Method, path: &str) -> (u16, serde_json::Value) {
        let request = lambda_http::http::Request::builder().method(method).uri(path);
        let answer = route(core, request.body(Body::Empty).expect("a request")).await.expect("an answer");
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).expect("JSON"))
    }

    #[tokio::test]
    async fn health_says_whether_an_organisation_is_configured() {
        let core = core();
        let (status, body) = answer(&core, Method::GET, "/api/opensolar/health").await;
        assert_eq!((status, &body["status"], &body["configuration"]), (200, &"degraded".into(), &"missing".into()));
        let activate = Change::ActivateConfiguration(builders::configuration_document());
        core.store.commit(vec![activate]).await.expect("activated");
        let (status, body) = answer(&core, Method::GET, "/api/opensolar/health/").await;
        assert_eq!((status, &body["status"], &body["configuration"]), (200, &"ok".into(), &"active".into()));
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused() {
        assert_eq!(answer(&core(), Method::POST, "/api/opensolar/health").await.0, 405);
        assert_eq!(answer(&core(), Method::GET, "/api/opensolar/elsewhere").await.0, 404);
    }
}
