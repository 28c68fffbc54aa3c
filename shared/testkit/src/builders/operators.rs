use domain::authentication::{Operator, OperatorTokens};
use domain::webhook::sha256_hex;

use super::NOON;
use crate::secrets::OPERATOR_TOKEN;

/// Tendai, an operator whose token is known.
pub fn operator() -> Operator {
    let token = OPERATOR_TOKEN;
    let tokens = format!(r#"[{{"name": "Tendai", "sha256": "{}"}}]"#, sha256_hex(token.as_bytes()));
    let tokens = OperatorTokens::parse(&tokens).expect("a list of tokens");
    tokens.operator_of(token.as_bytes(), NOON).expect("a token of the list")
}
