//! What went wrong in a call to AWS, as far as a log may have it.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use domain::ports::Cause;

/// A service's message is cut after so many characters.
const MESSAGE_LIMIT: usize = 300;

/// An SDK's error without what it carries along: a refused transaction, for one, has whole items in it.
#[derive(Debug, thiserror::Error)]
enum AwsFailure {
    #[error("aws answered {code}: {message} (request {request_id})")]
    Answered { code: String, message: String, request_id: String },
    #[error("{stage}: {detail}")]
    Unanswered { stage: &'static str, detail: String },
}

/// The failure of a call, for the port's error to name as its source.
pub(crate) fn cause<E, R>(error: &SdkError<E, R>) -> Cause
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let unanswered = |stage, detail: String| AwsFailure::Unanswered { stage, detail };
    Box::new(match error {
        SdkError::ServiceError(_) => AwsFailure::Answered {
            code: error.code().unwrap_or("an error without a code").to_owned(),
            message: error.message().unwrap_or("no message").chars().take(MESSAGE_LIMIT).collect(),
            request_id: error.meta().request_id().unwrap_or("unknown").to_owned(),
        },
        SdkError::ConstructionFailure(_) => unanswered("the call could not be built", sources(error)),
        SdkError::TimeoutError(_) => unanswered("no answer in time", sources(error)),
        SdkError::DispatchFailure(_) => unanswered("aws was not reached", sources(error)),
        SdkError::ResponseError(_) => unanswered("the answer could not be read", sources(error)),
        _ => unanswered("the call failed", sources(error)),
    })
}

fn sources(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(error.to_string());
        source = error.source();
    }
    texts.join(": ").chars().take(MESSAGE_LIMIT).collect()
}
