//! `cargo local`: the command line of the local stack.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use domain::configuration::ApiContract;
use local::command::{self, Lines, ServerOptions, Size, UpOptions};
use local::contract;
use local::error::{Chain, LocalError};
use local::stack::Data;

/// The whole system on this machine.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a story on a stack of its own, check every fact of it, and end
    ///
    /// Customers ask, designers draw, webhooks are late, lost, repeated and swapped, people change their minds, an
    /// operator looks. Each fact is looked at from outside and stands in the table at the end. Exit 0 only if all hold.
    Demo(Demo),
    /// Put a stack of its own under load and trouble, and account for everything
    ///
    /// Requests and deliveries come in bursts, some of them again; functions are killed in the middle of their work,
    /// OpenSolar and the local AWS go away for a while. At the end nothing may be lost, and nothing be there twice.
    Soak(Soak),
    /// Start the stack and leave it running; data is kept
    Up(Up),
    /// End the running stack
    Down,
    /// Ask everything that runs; fails unless all is well
    Status,
    /// Print what a function wrote
    Logs {
        /// Its name, such as webhook-apply
        function: String,
        /// Go on with what it writes from now on
        #[arg(long, short)]
        follow: bool,
    },
    /// Send an event file on its way in, and say what came of it
    ///
    /// A webhook is posted and a sync request queued; a sweep's payload invokes its function. A request that API Gateway
    /// would hand over goes to the API, an operator's with the stack's own token. All else is refused with the reason.
    Send {
        /// Such as events/sync-request.json or events/invoke/operator-api-list-projects.json
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct Demo {
    /// `live`: OpenSolar as it is published; `design`: a relay in its place, as the design document has it
    #[arg(long, value_name = "CONTRACT", default_value = "live", value_parser = contract::parse)]
    contract: ApiContract,
}

#[derive(Debug, clap::Args)]
struct Up {
    /// `live`: OpenSolar as it is published; `design`: a relay in its place, as the design document has it
    #[arg(long, value_name = "CONTRACT", default_value = "live", value_parser = contract::parse)]
    contract: ApiContract,
    /// Port of the local AWS; with kept data it is the data's, without 4566
    #[arg(long)]
    port: Option<u16>,
    /// An OpenSolar of your own instead of the fake
    #[arg(long, value_name = "URL")]
    opensolar_url: Option<String>,
    /// Port of the fake OpenSolar
    #[arg(long, value_name = "PORT", default_value_t = 4567)]
    opensolar_port: u16,
    /// A file with the token for it
    #[arg(long, value_name = "FILE")]
    opensolar_token: Option<PathBuf>,
    /// The organisation in OpenSolar
    #[arg(long, default_value_t = 1234)]
    org_id: u64,
    /// A WhatsApp Cloud API of your own instead of the fake
    #[arg(long, value_name = "URL")]
    whatsapp_url: Option<String>,
    /// Port of the fake WhatsApp
    #[arg(long, value_name = "PORT", default_value_t = 4568)]
    whatsapp_port: u16,
    /// A file with the token for it
    #[arg(long, value_name = "FILE")]
    whatsapp_token: Option<PathBuf>,
    /// A JSON object with fields of the configuration, over what is usual locally
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Throw the kept data away first
    #[arg(long)]
    fresh: bool,
    /// What the functions write: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,
}

#[derive(Debug, clap::Args)]
struct Soak {
    /// Installation requests
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    requests: u32,
    /// Webhook deliveries, at least
    #[arg(long, value_name = "M", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(0..=20000))]
    deliveries: u32,
    /// Minutes that load, trouble and recovery are laid out for
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=120))]
    minutes: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match run(arguments.command).await {
        Ok(code) => code,
        Err(LocalError::Interrupted) => {
            eprintln!("interrupted, nothing is left running");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {}", Chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// A wrong value is told in one line like every other error; the rest as clap has it, `--help` among it.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::ValueValidation => {
            let text = error.to_string();
            eprintln!("{}", text.lines().next().unwrap_or_default());
            ExitCode::from(2)
        }
        _ => error.exit(),
    }
}

async fn run(command: Command) -> Result<ExitCode, LocalError> {
    match command {
        Command::Demo(Demo { contract }) => command::demo(contract).await?,
        Command::Soak(Soak { requests, deliveries, minutes }) => {
            command::soak(Size { requests, deliveries, minutes }).await?;
        }
        Command::Up(up) => command::up(up.into()).await?,
        Command::Down => command::down().await?,
        Command::Status => {
            let report = command::status().await?;
            print!("{report}");
            return Ok(if report.all_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Logs { function, follow } => {
            let lines = if follow { Lines::Followed } else { Lines::Present };
            command::logs(&function, lines).await?;
        }
        Command::Send { file } => println!("{}", command::send(&file).await?),
    }
    Ok(ExitCode::SUCCESS)
}

impl From<Up> for UpOptions {
    fn from(up: Up) -> Self {
        Self {
            port: up.port,
            opensolar: ServerOptions { url: up.opensolar_url, token: up.opensolar_token, port: up.opensolar_port },
            whatsapp: ServerOptions { url: up.whatsapp_url, token: up.whatsapp_token, port: up.whatsapp_port },
            contract: up.contract,
            org_id: up.org_id,
            configuration: up.config,
            data: if up.fresh { Data::Fresh } else { Data::Kept },
            log_level: up.log_level,
        }
    }
}
