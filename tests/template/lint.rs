//! The template is content with the tools that its deployment relies on.

use std::path::Path;
use std::process::Stdio;

use local::error::Chain;
use local::progress::Progress;
use local::python::Environments;
use local::workspace::Workspace;
use tokio::process::Command;

use crate::reading::root;

/// Both come with the `sam` that `cargo local` deploys with; without a Python to make that of, this fails and says so.
#[tokio::test]
async fn sam_and_cfn_lint_find_nothing_wrong_with_the_template() {
    let environments = Environments::ready(&Workspace::of_this_build(), &Progress::start()).await;
    let sam = environments.unwrap_or_else(|error| panic!("{}", Chain(&error))).sam;
    run(&sam, &["validate", "--lint", "--template-file", "template.yaml", "--region", "us-east-1"]).await;
    run(&sam.with_file_name("cfn-lint"), &["--regions", "us-east-1", "--", "template.yaml"]).await;
}

async fn run(program: &Path, arguments: &[&str]) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    // Neither an account of whoever runs the tests nor a message to anybody has a part in it.
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("SAM_CLI_TELEMETRY", "0");
    let output = command.output().await.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&said));
}
