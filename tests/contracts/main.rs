//! What people outside rely on: the two messages' schemas, the example events, and the README's table of fields. Each is
//! made from the code or checked against it, so that none can grow old.
//!
//! `REGENERATE=1 cargo test -p integration-tests --test contracts` writes the schemas and the table anew.

mod field_table;
mod kept;
mod samples;
mod schemas;
mod updates;
