//! The template, deployed by the real `sam deploy`, and what CloudFormation has to say of it.

use std::collections::HashMap;
use std::path::Path;

use tokio::process::Command;

use crate::error::LocalError;
use crate::http;
use crate::ministack::{DUMMY_CREDENTIAL, REGION};
use crate::process::{clean_environment, last_line, run};
use crate::progress::Progress;
use crate::workspace::StackDir;

/// Where, under which name and how the template differs from its defaults.
#[derive(Debug)]
pub(crate) struct Deployment<'a> {
    pub(crate) sam: &'a Path,
    pub(crate) aws_url: &'a str,
    pub(crate) stack_name: &'a str,
    pub(crate) log_level: &'a str,
    pub(crate) pace: &'a str,
}

impl Deployment<'_> {
    /// Deploys what lies in the stack's folder and gives the outputs by name.
    ///
    /// # Errors
    /// [`LocalError::Step`] with the reason of the first resource that could not be made.
    pub(crate) async fn deploy(
        &self,
        stack: &StackDir,
        progress: &Progress,
    ) -> Result<HashMap<String, String>, LocalError> {
        let log = stack.logs().join("deploy.log");
        let mut command = self.command(stack);
        let work = run("sam deploy", &mut command, &log, sam_reason);
        let what = format!("deploying the template as {}", self.stack_name);
        if let Err(failure) = progress.during(&what, String::new, work).await {
            // Of a resource that failed sam says no more than that it did; CloudFormation knows why.
            let events = self.ask("DescribeStackEvents").await.unwrap_or_default();
            return Err(match failed_resource(&events, self.stack_name) {
                Some(reason) => LocalError::Step { step: "sam deploy", reason, log },
                None => failure,
            });
        }
        Ok(outputs(&self.ask("DescribeStacks").await?))
    }

    fn command(&self, stack: &StackDir) -> Command {
        let mut command = Command::new(self.sam);
        command.current_dir(stack.deploy()).env_clear().envs(clean_environment()).envs([
            ("AWS_ENDPOINT_URL", self.aws_url),
            ("AWS_ACCESS_KEY_ID", DUMMY_CREDENTIAL),
            ("AWS_SECRET_ACCESS_KEY", DUMMY_CREDENTIAL),
            ("AWS_DEFAULT_REGION", REGION),
            // Whatever is set up on this machine for the real AWS is none of this stack's business.
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("SAM_CLI_TELEMETRY", "0"),
        ]);
        command.env("HOME", stack.path());
        command.args(["deploy", "--template-file", "template.yaml", "--stack-name", self.stack_name]);
        command.args(["--resolve-s3", "--capabilities", "CAPABILITY_IAM"]);
        command.args(["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]);
        command.args(["--parameter-overrides", "AddressPolicy=http-on-loopback", "TableDeletionProtection=false"]);
        command.arg(format!("LogLevel={}", self.log_level)).arg(format!("Pace={}", self.pace));
        command
    }

    async fn ask(&self, action: &str) -> Result<String, LocalError> {
        let parameters = format!("Action={action}&Version=2010-05-15&StackName={}", self.stack_name);
        // As any client signs it, for a server that looks at the service's name only.
        let scope =
            format!("AWS4-HMAC-SHA256 Credential={DUMMY_CREDENTIAL}/20260101/{REGION}/cloudformation/aws4_request");
        let request = http::client()?.get(format!("{}/?{parameters}", self.aws_url));
        let answer = request.header("authorization", scope).send().await;
        let failed = LocalError::call("asking CloudFormation about the stack");
        match answer {
            Ok(answer) => answer.text().await.map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }
}

fn outputs(xml: &str) -> HashMap<String, String> {
    let members = xml.split("<member>").skip(1);
    members.filter_map(|member| Some((element(member, "OutputKey")?, element(member, "OutputValue")?))).collect()
}

/// Of the last deployment's events, newest first, the oldest failure: the later ones follow from it.
fn failed_resource(xml: &str, stack_name: &str) -> Option<String> {
    let mut reason = None;
    for event in xml.split("<member>").skip(1) {
        let (name, status) = (element(event, "LogicalResourceId")?, element(event, "ResourceStatus")?);
        if name == stack_name && ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"].contains(&status.as_str()) {
            break;
        }
        if status.ends_with("_FAILED") {
            reason = Some(format!("{name}: {}", element(event, "ResourceStatusReason").unwrap_or_default()));
        }
    }
    reason
}

/// The text of the first element of that name. Enough for flat answers of a known shape.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&")];
    Some(plain.iter().fold(text.trim().to_owned(), |text, (coded, plain)| text.replace(coded, plain)))
}

fn sam_reason(output: &str) -> String {
    let error = output.lines().rev().find_map(|line| line.trim().strip_prefix("Error: "));
    error.map_or_else(|| last_line(output), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read_by_name() {
        let xml = "<Outputs><member><OutputKey>A</OutputKey><OutputValue>http://x/?a&amp;b</OutputValue></member>\
                   <member><OutputKey>B</OutputKey><OutputValue>2</OutputValue></member></Outputs>";
        assert_eq!(outputs(xml)["A"], "http://x/?a&b");
        assert_eq!(outputs(xml).len(), 2);
    }

    #[test]
    fn the_first_failure_is_the_reason() {
        let event = |name: &str, status: &str, reason: &str| {
            format!(
                "<member><LogicalResourceId>{name}</LogicalResourceId><ResourceStatus>{status}</ResourceStatus>\
                 <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
            )
        };
        let xml = [
            event("hanna", "ROLLBACK_IN_PROGRESS", "rolling back"),
            event("Webhooks", "CREATE_FAILED", "cancelled"),
            event("Table", "CREATE_FAILED", "no such type"),
            event("Table", "CREATE_IN_PROGRESS", "-"),
            event("hanna", "CREATE_IN_PROGRESS", "user initiated"),
            event("Table", "CREATE_FAILED", "of the deployment before"),
        ];
        assert_eq!(failed_resource(&xml.concat(), "hanna"), Some("Table: no such type".to_owned()));
        assert_eq!(failed_resource("<member></member>", "hanna"), None);
    }

    #[test]
    fn of_sams_output_the_error_is_told() {
        let output = "Deploying\nError: Failed to create changeset for the stack: hanna\n\n";
        assert_eq!(sam_reason(output), "Failed to create changeset for the stack: hanna");
    }
}
