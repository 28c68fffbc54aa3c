//! No secret of the tests is in what a run left: its output, the logs of its flows, and all that the local stacks wrote.
//!
//! `.ci/run` runs it once more after everything else, so that it reads the whole run. What may hold a secret is named here.

use std::path::{Path, PathBuf};

use integration_tests::run_folder;
use local::workspace::Workspace;
use testkit::secrets::files_with_one;

/// What is not looked at below `.local/`, by how its path ends or what it is under, and why.
const MAY_HOLD_ONE: [(&str, &str); 10] = [
    ("aws/state/secretsmanager.json", "the local Secrets Manager is where the secrets are"),
    ("fakes/opensolar.json", "a service knows the tokens that it lets in, and the key that it is to send"),
    ("fakes/relay.json", "as OpenSolar"),
    ("fakes/whatsapp.json", "as OpenSolar"),
    ("endpoints.json", "tells who works with a local stack how to get in: its keys are a promise of the README"),
    ("venv", "installed programs, nothing that a run writes"),
    ("deploy/target", "the functions themselves"),
    ("aws/s3", "the functions again, as they were put there"),
    ("aws/state/lambda-blobs", "the functions again, as Lambda keeps them"),
    ("aws/tmp", "the functions again, unpacked"),
];

fn may_hold_one(path: &Path) -> bool {
    MAY_HOLD_ONE.iter().any(|(end, _)| path.ends_with(end))
}

fn leaks_in(folder: &Path) -> Vec<PathBuf> {
    files_with_one(folder, &may_hold_one).expect("what a run left can be read")
}

#[test]
fn what_the_run_left_has_no_secret_in_it() {
    let (run, local) = (run_folder(), Workspace::of_this_build().local());
    let temporary = run.with_file_name("tmp");
    let leaks: Vec<_> = [run, temporary, local].iter().flat_map(|folder| leaks_in(folder)).collect();
    assert!(leaks.is_empty(), "a secret of the tests got out, into {leaks:?}");
}

#[test]
fn a_secret_in_a_function_s_log_is_found_and_one_in_its_place_is_not() {
    let folder = std::env::temp_dir().join(format!("hanna-leaks-{}", std::process::id()));
    for (file, is_leak) in [
        ("hanna-test/logs/hanna-test-notify.log", true),
        ("hanna-test/aws/state/cloudwatch_logs.json", true),
        ("tests.log", true),
        ("hanna-test/aws/state/secretsmanager.json", false),
        ("hanna-test/fakes/opensolar.json", false),
        ("hanna-test/fakes/relay.json", false),
        ("hanna-test/endpoints.json", false),
    ] {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        std::fs::write(&path, format!(r#"{{"token": "{}"}}"#, testkit::secrets::OPENSOLAR_TOKEN)).expect("a file");
        assert_eq!(leaks_in(&folder), if is_leak { vec![path.clone()] } else { Vec::new() }, "{file}");
        std::fs::remove_file(path).expect("it goes");
    }
    std::fs::remove_dir_all(folder).expect("it goes");
}
