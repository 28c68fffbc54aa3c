//! Every call of a port is cut, repeated, lost or overtaken, and the promises hold all the same.
//!
//! In both contracts the real use cases run over ports in memory, each behind a gate that counts its calls and lets a
//! schedule strike at any of them: a worker ends before a call, after its effect or after its answer, a write is in doubt,
//! webhooks and messages come late, twice or never, two workers meet. Then time passes, a month if need be, until nothing
//! is left to be done, and the world is looked at.
//!
//! `CRASHES=long` searches without the bounds that keep the usual run within minutes; `CRASHES_REPLAY='<story> <plan>'`,
//! as a failing run prints it, runs one schedule and prints its steps.

mod boundary;
mod explore;
mod guards;
mod inner;
mod invariants;
mod logs;
mod plan;
mod report;
mod run;
mod sim;
mod story;
mod world;

#[test]
fn the_promises_hold_wherever_it_is_cut() {
    tracing::subscriber::set_global_default(logs::Listener).expect("the only listener");
    let story = || match std::env::var("CRASHES_REPLAY") {
        Ok(words) => report::replay(&words),
        Err(_) if std::env::var("CRASHES").is_ok_and(|value| value == "guards") => {
            assert_eq!(report::guards(), 0, "broken guards that nobody noticed");
        }
        Err(_) => report::whole(),
    };
    let thread = std::thread::Builder::new().stack_size(explore::STACK).spawn(story).expect("a thread");
    assert!(thread.join().is_ok(), "see above");
}
