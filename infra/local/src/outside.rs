//! The two servers outside: fakes in this process, or servers of one's own.

mod opensolar_fake;

pub(crate) use opensolar_fake::OpenSolarFake;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use domain::configuration::ApiContract;
use domain::notification::Milestone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use testkit::FakeWhatsApp;

use crate::error::LocalError;
use crate::workspace::StackDir;

/// Where one of them is.
#[derive(Clone, PartialEq, Eq)]
pub enum Server {
    /// A fake, on this port of loopback; 0 is any free one.
    Fake {
        /// The port.
        port: u16,
    },
    /// A server of one's own.
    Given {
        /// Base address: `https`, or `http` on loopback.
        url: String,
        /// The token that it lets in.
        token: String,
    },
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fake { port } => write!(f, "Fake({port})"),
            Self::Given { url, .. } => write!(f, "Given({url})"),
        }
    }
}

/// Both, reachable; the fakes end with it.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) opensolar: Reached<OpenSolarFake>,
    pub(crate) whatsapp: Reached<FakeWhatsApp>,
}

/// How a server is reached, and the server itself if it is ours.
pub(crate) struct Reached<F> {
    /// Without a last slash.
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) fake: Option<F>,
}

impl<F> std::fmt::Debug for Reached<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reached").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Outside {
    /// Starts the fakes among the two, with what an earlier run left in `stack`.
    pub(crate) async fn start(
        contract: ApiContract,
        opensolar: &Server,
        whatsapp: &Server,
        stack: &StackDir,
    ) -> Result<Self, LocalError> {
        let opensolar = match opensolar {
            Server::Given { url, token } => given(url, token),
            Server::Fake { port } => {
                let fake = OpenSolarFake::start_on(contract, loopback(*port)).await;
                let fake = fake.map_err(|_| busy(*port, "the fake OpenSolar", "--opensolar-port"))?;
                fake.restore(stack)?;
                Reached { url: fake.url().to_owned(), token: fake.token().to_owned(), fake: Some(fake) }
            }
        };
        let whatsapp = match whatsapp {
            Server::Given { url, token } => given(url, token),
            Server::Fake { port } => {
                let fake = FakeWhatsApp::start_on(loopback(*port)).await;
                let fake = fake.map_err(|_| busy(*port, "the fake WhatsApp", "--whatsapp-port"))?;
                if let Some(state) = read(&whatsapp_file(stack))? {
                    fake.restore(state);
                }
                approve_templates(&fake);
                Reached { url: fake.url().to_owned(), token: fake.token().to_owned(), fake: Some(fake) }
            }
        };
        Ok(Self { opensolar, whatsapp })
    }

    /// Keeps what the fakes hold, for a later run.
    pub(crate) fn save(&self, stack: &StackDir) -> Result<(), LocalError> {
        if let Some(fake) = &self.opensolar.fake {
            fake.save(stack)?;
        }
        if let Some(fake) = &self.whatsapp.fake {
            write(&whatsapp_file(stack), &fake.snapshot())?;
        }
        Ok(())
    }
}

/// The name of the template that says what the milestone's text says, as approved at the fake WhatsApp.
pub(crate) fn template(milestone: Milestone) -> String {
    format!("hanna_{}", milestone.as_str())
}

/// The language that the templates are approved in.
pub(crate) const TEMPLATE_LANGUAGE: &str = "en";

pub(crate) fn approve_templates(whatsapp: &FakeWhatsApp) {
    for milestone in Milestone::ALL {
        whatsapp.approve_template(&template(milestone), TEMPLATE_LANGUAGE, milestone.parameters().len());
    }
}

fn given<F>(url: &str, token: &str) -> Reached<F> {
    Reached { url: url.trim_end_matches('/').to_owned(), token: token.to_owned(), fake: None }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn busy(port: u16, purpose: &'static str, option: &'static str) -> LocalError {
    LocalError::PortBusy { port, purpose, option }
}

fn whatsapp_file(stack: &StackDir) -> std::path::PathBuf {
    stack.fakes().join("whatsapp.json")
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, LocalError> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
    let unusable = |error: serde_json::Error| LocalError::Input {
        file: file.to_owned(),
        reason: format!("{error}; `cargo local up --fresh` begins without it"),
    };
    serde_json::from_str(&text).map(Some).map_err(unusable)
}

/// In one step, so that an end in between leaves what was there before.
fn write(file: &Path, state: &impl Serialize) -> Result<(), LocalError> {
    let text = serde_json::to_string(state).map_err(LocalError::call("keeping the state of a fake"))?;
    let (folder, begun) = (file.parent().unwrap_or(file), file.with_extension("json.new"));
    fs::create_dir_all(folder).map_err(LocalError::file("make", folder))?;
    fs::write(&begun, text).map_err(LocalError::file("write", &begun))?;
    fs::rename(&begun, file).map_err(LocalError::file("write", file))
}
