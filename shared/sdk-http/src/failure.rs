//! Which failures the SDK repeats.

use std::error::Error;
use std::{io, iter};

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;

use crate::connect::NotInTime;

/// A failure as the SDK's own client (`aws-smithy-http-client` 1.5, `downcast_error`) would tell it: the SDK repeats what
/// timed out, what was an input or output error, and what is called transient; nothing else.
pub(crate) fn told_apart(error: hyper_util::client::legacy::Error) -> ConnectorError {
    if cause::<NotInTime>(&error).is_some() {
        return ConnectorError::timeout(error.into());
    }
    let is_io = cause::<io::Error>(&error).is_some();
    match cause::<hyper::Error>(&error) {
        Some(hyper) if hyper.is_user() => ConnectorError::user(error.into()),
        Some(hyper) if is_io || hyper.is_closed() || hyper.is_canceled() => ConnectorError::io(error.into()),
        // The server closed the connection instead of answering: it had kept it long enough, most likely.
        Some(hyper) if hyper.is_incomplete_message() => {
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        None if is_io || error.is_connect() => ConnectorError::io(error.into()),
        Some(_) | None => ConnectorError::other(error.into(), None),
    }
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    iter::successors(Some(error), |error| (*error).source()).find_map(|error| error.downcast_ref())
}
