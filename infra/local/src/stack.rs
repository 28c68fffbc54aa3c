//! A whole stack on this machine: the local AWS with the template deployed, and what it talks to.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use domain::configuration::ApiContract;
use testkit::{FakeOpenSolar, FakeRelay, FakeWhatsApp};
use uuid::Uuid;

use crate::aws::Aws;
use crate::configuration::Overrides;
use crate::deployment::Deployment;
use crate::endpoints::Endpoints;
use crate::error::{Chain, LocalError};
use crate::functions::{self, FUNCTIONS};
use crate::kept::Kept;
use crate::lock::StackLock;
use crate::ministack::{self, Ministack};
use crate::operator::Operator;
use crate::outputs::{Outputs, endpoints};
use crate::outside::{OpenSolarFake, Outside, Server};
use crate::progress::Progress;
use crate::python::Environments;
use crate::workspace::{StackDir, Workspace};

/// What a stack is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// CloudFormation's name, and that of the folder below `.local/`: one stack per name runs at a time.
    pub name: String,
    /// Port of the local AWS; none is that of the kept data or else a free one.
    pub port: Option<u16>,
    /// Which API OpenSolar's place answers with.
    pub contract: ApiContract,
    /// OpenSolar.
    pub opensolar: Server,
    /// WhatsApp's Cloud API.
    pub whatsapp: Server,
    /// The organisation in OpenSolar.
    pub org_id: u64,
    /// Fields of the configuration that differ from what is usual locally.
    pub configuration: Overrides,
    /// What becomes of an earlier run's data.
    pub data: Data,
    /// How long the functions may take, and the waits that go with it.
    pub pace: Pace,
    /// Of the functions: `error`, `warn`, `info`, `debug` or `trace`.
    pub log_level: String,
    /// Where the endpoints are written to.
    pub endpoints_file: PathBuf,
}

/// How much of a hurry the functions are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// None: as where it is deployed for good.
    Usual,
    /// Ten seconds for an invocation, and waits of seconds where there are minutes else.
    Soak,
}

/// What becomes of an earlier run's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// It is there again.
    Kept,
    /// It is thrown away.
    Fresh,
}

/// A running stack. Dropping it ends it all, in a second or two.
#[derive(Debug)]
pub struct Stack {
    endpoints: Endpoints,
    namespace: Uuid,
    aws: Aws,
    files: Files,
    // Ended in this order: first who calls, then who is called, and the lock last.
    ministack: Ministack,
    outside: Outside,
    _lock: StackLock,
}

#[derive(Debug)]
struct Files {
    stack: StackDir,
    endpoints: PathBuf,
}

impl Stack {
    /// Prepares what is missing, starts it all, deploys the template and does an operator's first steps.
    ///
    /// # Errors
    /// One line that says what to do; nothing is left running then.
    pub async fn start(options: &Options, progress: &Progress) -> Result<Self, LocalError> {
        let workspace = Workspace::of_this_build();
        let stack = workspace.stack(&options.name);
        fs::create_dir_all(stack.logs()).map_err(LocalError::file("make", &stack.logs()))?;
        let lock = StackLock::take(&stack.lock_file())?;
        if options.data == Data::Fresh {
            Kept::forget(&stack)?;
        }
        let kept = Kept::of(&stack)?;
        kept.as_ref().map_or(Ok(()), |kept| kept.speaks(options.contract))?;
        let port = port(options.port, kept.as_ref())?;
        let outside = Outside::start(options.contract, &options.opensolar, &options.whatsapp, &stack).await?;

        let environments = Environments::ready(&workspace, progress).await?;
        functions::lay_out(&workspace, &stack, progress).await?;
        let lambda_name = |function: &str| format!("{}-{function}", options.name);
        ministack::begin_logs(&stack, FUNCTIONS.into_iter().map(lambda_name))?;
        progress.say("starting the local AWS");
        let ministack = Ministack::start(&workspace, &stack, &environments.ministack, port).await?;
        let aws_url = ministack.url();
        let deployment = Deployment {
            sam: &environments.sam,
            aws_url: &aws_url,
            stack_name: &options.name,
            log_level: &options.log_level,
            pace: options.pace.parameter(),
        };
        let outputs = Outputs(deployment.deploy(&stack, progress).await?);
        let kept = match kept {
            Some(kept) => kept,
            None => Kept::new(port, options.contract)?,
        };
        kept.write(&stack)?;

        let aws = Aws::at(&aws_url)?;
        let endpoints = endpoints(options, &aws_url, &outputs, &outside, stack.logs())?;
        progress.say("putting the secrets, activating the configuration, registering the webhook");
        let operator = Operator { aws: &aws, endpoints: &endpoints, outside: &outside, namespace: kept.namespace };
        operator.set_up(&options.configuration).await?;
        endpoints.write(&options.endpoints_file)?;
        let files = Files { stack, endpoints: options.endpoints_file.clone() };
        Ok(Self { endpoints, namespace: kept.namespace, aws, files, ministack, outside, _lock: lock })
    }

    /// Addresses and names.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Names the identifiers of its projects in OpenSolar, unless the configuration says otherwise.
    pub fn namespace(&self) -> Uuid {
        self.namespace
    }

    /// Clients of its local AWS.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The fake OpenSolar, unless a server was given or a relay stands in its place.
    pub fn opensolar(&self) -> Option<&FakeOpenSolar> {
        match self.outside.opensolar.fake.as_ref()? {
            OpenSolarFake::Live(fake) => Some(fake),
            OpenSolarFake::Design(_) => None,
        }
    }

    /// The fake relay in OpenSolar's place, where the contract is `design` and no server was given.
    pub fn relay(&self) -> Option<&FakeRelay> {
        match self.outside.opensolar.fake.as_ref()? {
            OpenSolarFake::Live(_) => None,
            OpenSolarFake::Design(fake) => Some(fake),
        }
    }

    /// The fake WhatsApp, unless a server was given.
    pub fn whatsapp(&self) -> Option<&FakeWhatsApp> {
        self.outside.whatsapp.fake.as_ref()
    }

    /// The process of the local AWS, whose children the functions are.
    pub(crate) fn aws_process(&self) -> u32 {
        self.ministack.process()
    }

    /// Ends the local AWS by SIGTERM, waits for a while, and starts it again with what it kept.
    ///
    /// # Errors
    /// [`LocalError::Step`] if it does not come back.
    pub(crate) async fn restart_aws(&mut self, absence: Duration) -> Result<(), LocalError> {
        self.ministack.restart(absence).await
    }

    /// Why the local AWS ended by itself, if it has.
    pub fn failure(&mut self) -> Option<LocalError> {
        self.ministack.end()
    }

    /// Keeps what the fakes hold now; ending the stack does so too, being killed does not.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn save_fakes(&self) -> Result<(), LocalError> {
        self.outside.save(&self.files.stack)
    }

    /// Ends it all and waits until it has ended.
    pub async fn stop(self) {
        // Waiting for processes would hold up the fakes, which may be called until the last moment.
        let stopped = tokio::task::spawn_blocking(move || drop(self)).await;
        if let Err(panic) = stopped {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Gone already if somebody tidied up; then all the better.
        let _removed = fs::remove_file(&self.files.endpoints);
        if let Err(error) = self.save_fakes() {
            eprintln!("what the fakes hold is not kept: {}", Chain(&error));
        }
    }
}

impl Pace {
    /// The template's word for it.
    fn parameter(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Soak => "soak",
        }
    }
}

fn port(wanted: Option<u16>, kept: Option<&Kept>) -> Result<u16, LocalError> {
    let port = match (wanted, kept) {
        (Some(wanted), Some(kept)) if wanted != kept.port => return Err(LocalError::PortMoved { kept: kept.port }),
        (_, Some(kept)) => kept.port,
        (wanted, None) => wanted.unwrap_or(0),
    };
    ministack::free_port(port, "the local AWS", "--port")
}
