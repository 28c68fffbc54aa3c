//! Meta's error codes that a test can ask for.
//!
//! Codes, statuses and titles after Meta's list (developers.facebook.com/documentation/business-messaging/whatsapp/
//! support/error-codes). What answers carry beside them is in `errors.rs`.

/// A code with its HTTP status and title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// Meta's number.
    pub code: u64,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// Meta's words.
    pub title: &'static str,
}

const fn error(code: u64, status: u16, title: &'static str) -> ErrorCode {
    ErrorCode { code, status, title }
}

/// Every code that the fake knows, by theme: token and permission, throttle, temporary, recipient, account, window,
/// template, parameters. It gives any other too, with 400 and no words of its own.
pub const ERROR_CODES: [ErrorCode; 36] = [
    error(0, 401, "AuthException"),
    error(190, 401, "Access token has expired"),
    error(10, 403, "Permission denied"),
    error(200, 403, "API permission"),
    error(131_005, 403, "Access denied"),
    error(4, 400, "API too many calls"),
    error(80_007, 400, "Rate limit issues"),
    error(130_429, 400, "Rate limit hit"),
    error(131_048, 400, "Spam rate limit hit"),
    error(131_056, 400, "(Business Account, Consumer Account) pair rate limit hit"),
    error(1, 400, "API unknown"),
    error(2, 503, "API service"),
    error(131_000, 500, "Something went wrong"),
    error(131_016, 500, "Service unavailable"),
    error(131_057, 500, "Account in maintenance mode"),
    error(130_472, 400, "User's number is part of an experiment"),
    error(131_021, 400, "Recipient cannot be sender"),
    error(131_026, 400, "Message undeliverable"),
    error(131_049, 400, "Meta chose not to deliver"),
    error(131_050, 400, "User opted out of marketing messages"),
    error(368, 403, "Temporarily blocked for policies violations"),
    error(130_497, 403, "Business account is restricted from messaging users in this country"),
    error(131_031, 403, "Account has been locked"),
    error(131_042, 400, "Business eligibility payment issue"),
    error(131_045, 500, "Incorrect certificate"),
    error(131_047, 400, "Re-engagement message"),
    error(132_000, 400, "Template param count mismatch"),
    error(132_001, 404, "Template does not exist"),
    error(132_005, 400, "Template hydrated text too long"),
    error(132_007, 400, "Template format character policy violated"),
    error(132_012, 400, "Template parameter format mismatch"),
    error(132_015, 400, "Template is paused"),
    error(132_016, 400, "Template is disabled"),
    error(132_018, 400, "There was an issue with the parameters in your template"),
    error(100, 400, "Invalid parameter"),
    error(131_008, 400, "Required parameter is missing"),
];

/// The code's entry, or one for a code that Meta may add tomorrow.
pub(super) fn entry(code: u64) -> ErrorCode {
    let known = ERROR_CODES.into_iter().find(|known| known.code == code);
    known.unwrap_or(ErrorCode { code, status: 400, title: "Something that nobody knows yet" })
}
