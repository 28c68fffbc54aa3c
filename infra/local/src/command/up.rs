//! `cargo local up`: the stack, left running until Ctrl-C or `down`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::configuration::ApiContract;
use outbound::AddressPolicy;
use serde_json::Value;
use url::Url;

use super::STACK;
use crate::configuration::Overrides;
use crate::contract;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::interrupt::Interrupt;
use crate::outside::Server;
use crate::progress::Progress;
use crate::stack::{Data, Options, Pace, Stack};
use crate::workspace::Workspace;

/// How often the fakes' state is kept, and it is looked whether the local AWS is still there.
const WATCH: Duration = Duration::from_secs(2);

/// What `up` was asked for.
#[derive(Debug, Clone)]
pub struct UpOptions {
    /// Port of the local AWS; none is that of the kept data, or else 4566.
    pub port: Option<u16>,
    /// OpenSolar.
    pub opensolar: ServerOptions,
    /// WhatsApp's Cloud API.
    pub whatsapp: ServerOptions,
    /// Which API OpenSolar's place answers with, unless the file says so.
    pub contract: ApiContract,
    /// The organisation in OpenSolar.
    pub org_id: u64,
    /// A JSON file with fields of the configuration.
    pub configuration: Option<PathBuf>,
    /// What becomes of an earlier run's data.
    pub data: Data,
    /// Of the functions.
    pub log_level: String,
}

/// How one of the servers outside was asked for.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// A server of one's own instead of the fake.
    pub url: Option<String>,
    /// A file with the token that it lets in.
    pub token: Option<PathBuf>,
    /// Where the fake listens, if it is needed.
    pub port: u16,
}

/// Starts the stack, prints its addresses and keeps it running until it is told to end.
///
/// # Errors
/// One line; nothing is left running then.
pub async fn up(options: UpOptions) -> Result<(), LocalError> {
    let mut interrupt = Interrupt::listen()?;
    let progress = Progress::start();
    let options = stack_options(options)?;
    let mut stack = interrupt.or(Stack::start(&options, &progress)).await?;
    progress.say("ready; Ctrl-C or `cargo local down` ends it all and keeps the data");
    print(stack.endpoints(), &options.endpoints_file);

    let mut watch = tokio::time::interval(WATCH);
    let failure = loop {
        tokio::select! {
            () = interrupt.received() => break None,
            _ = watch.tick() => {
                stack.save_fakes()?;
                if let Some(failure) = stack.failure() {
                    break Some(failure);
                }
            }
        }
    };
    progress.say("ending the local AWS, its functions and the fakes");
    stack.stop().await;
    progress.say("ended");
    failure.map_or(Ok(()), Err)
}

fn stack_options(options: UpOptions) -> Result<Options, LocalError> {
    let configuration = options.configuration.as_deref().map(Overrides::read).transpose()?.unwrap_or_default();
    let url = |field, option: &Option<String>| {
        option.clone().or_else(|| Some(configuration.get(field)?.as_str()?.to_owned()))
    };
    let opensolar = url("api_base_url", &options.opensolar.url);
    let whatsapp = url("whatsapp_base_url", &options.whatsapp.url);
    let given = |field| configuration.get(field).and_then(Value::as_str);
    let kept = Workspace::of_this_build().stack(STACK).kept_file().exists() && options.data == Data::Kept;
    Ok(Options {
        name: STACK.to_owned(),
        port: if kept { options.port } else { options.port.or(Some(4566)) },
        contract: given("api_contract").and_then(|name| contract::parse(name).ok()).unwrap_or(options.contract),
        opensolar: server("OpenSolar's address", opensolar, &options.opensolar)?,
        whatsapp: server("WhatsApp's address", whatsapp, &options.whatsapp)?,
        org_id: configuration.get("org_id").and_then(Value::as_u64).unwrap_or(options.org_id),
        configuration,
        data: options.data,
        pace: Pace::Usual,
        log_level: options.log_level,
        endpoints_file: Workspace::of_this_build().endpoints_file(),
    })
}

/// Refuses an address that the functions would refuse, before anything is started for it.
fn server(whose: &'static str, url: Option<String>, options: &ServerOptions) -> Result<Server, LocalError> {
    let Some(url) = url else { return Ok(Server::Fake { port: options.port }) };
    let address = Url::parse(&url).map_err(LocalError::call(whose))?;
    if AddressPolicy::HttpOnLoopback.check(&address).is_err() {
        let reason = "give https, or http on 127.0.0.1, without a user name or a password".to_owned();
        return Err(LocalError::Answer { operation: whose, reason });
    }
    let token = match &options.token {
        Some(file) => fs::read_to_string(file).map_err(LocalError::file("read", file))?.trim().to_owned(),
        None => "local".to_owned(),
    };
    Ok(Server::Given { url, token })
}

fn print(endpoints: &Endpoints, file: &Path) {
    let fake = |name: &str| if endpoints.fakes.iter().any(|fake| fake == name) { " (fake)" } else { "" };
    println!("API           {}", endpoints.api_base_url);
    println!("webhook       {}", endpoints.webhook_url);
    let key = &endpoints.webhook_key;
    match endpoints.api_contract {
        ApiContract::Live => println!("              {}: {key}", endpoints.webhook_header),
        ApiContract::Design => println!("              {}: signed with {key}", endpoints.webhook_header),
    }
    println!("operators     a bearer token: operator_token in {}", file.display());
    println!("AWS           {}", endpoints.aws_endpoint_url);
    println!("table         {}", endpoints.table_name);
    for (name, queue) in &endpoints.queues {
        println!("queue         {name}: {}", queue.url);
    }
    let contract = contract::name(endpoints.api_contract);
    println!("OpenSolar     {}{}, contract {contract}", endpoints.opensolar_url, fake("opensolar"));
    println!("WhatsApp      {}{}", endpoints.whatsapp_url, fake("whatsapp"));
    println!("logs          {}", endpoints.log_dir.display());
    println!("for programs  {}", file.display());
}
