//! The bridge from outside: who stands around it, and how one waits for what it does.

use local::crm::Crm;
use local::polling::poll;
use local::stack::Stack;
use serde_json::Value;
use testkit::fake_opensolar::Project;
use testkit::{FakeOpenSolar, FakeWhatsApp};

use crate::{LIMIT, worked};

/// The bridge, as those see it who stand around it.
pub(crate) struct Bridge<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) opensolar: &'a FakeOpenSolar,
    pub(crate) whatsapp: &'a FakeWhatsApp,
    pub(crate) crm: Crm,
}

impl<'a> Bridge<'a> {
    pub(crate) fn of(stack: &'a Stack) -> Self {
        Self {
            stack,
            opensolar: stack.opensolar().expect("a fake"),
            whatsapp: stack.whatsapp().expect("a fake"),
            crm: worked(Crm::of(stack.endpoints())),
        }
    }

    /// The first project that was made.
    pub(crate) fn project(&self) -> Project {
        self.opensolar.projects().into_iter().next().expect("a project")
    }

    /// OpenSolar's id of a request's project, as the CRM has it.
    pub(crate) fn project_of(&self, request: &str) -> u64 {
        let state = self.crm.state_of(request).expect("the CRM is told of the request");
        let project = state.opensolar_project_id.as_ref().expect("it has a project");
        project.as_str().parse().expect("OpenSolar's ids are numbers")
    }

    /// The bodies of the calls of OpenSolar's API with this method and this end of the path, in order.
    pub(crate) fn calls(&self, method: &str, path_end: &str) -> Vec<Value> {
        let calls = self.opensolar.calls().into_iter();
        let such = calls.filter(|call| call.method == method && call.path.ends_with(path_end));
        such.map(|call| call.body.unwrap_or_default()).collect()
    }

    /// Invokes a function as its schedule would; the report that it answers.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Value {
        let name = worked(self.stack.endpoints().function(function));
        let invocation = worked(self.stack.aws().invoke(name, &event.to_string()).await);
        assert!(!invocation.failed, "{function} fails: {}", invocation.answer);
        serde_json::from_str(&invocation.answer).expect("a report is JSON")
    }

    /// Waits until it is seen; the test ends if that does not come.
    pub(crate) async fn until<T>(&mut self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let seen = poll(LIMIT, async || {
            self.crm.listen().await?;
            Ok(look(self))
        });
        let seen = worked(seen.await);
        let logs = &self.stack.endpoints().log_dir;
        seen.unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}; what the functions wrote: {}", logs.display()))
    }

    /// Waits until every delivery is answered and no queue of the workers has anything left.
    pub(crate) async fn settle(&mut self) {
        self.opensolar.deliveries_settled().await;
        let quiet = poll(LIMIT, async || {
            self.crm.listen().await?;
            // In the order in which one wakes the next, so that what is handed on meanwhile is seen there.
            for name in ["sync-requests", "webhooks", "notifications", "crm-updates"] {
                let depth = self.stack.aws().depth(&self.stack.endpoints().queue(name)?.url).await?;
                if (depth.waiting, depth.in_flight) != (0, 0) {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        });
        assert!(worked(quiet.await).is_some(), "the queues are empty within {LIMIT:?}");
    }
}
