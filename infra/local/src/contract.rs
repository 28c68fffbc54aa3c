//! The contracts with OpenSolar as a command line names them.

use domain::configuration::ApiContract;

/// The contract's name, as the configuration has it too.
pub fn name(contract: ApiContract) -> &'static str {
    match contract {
        ApiContract::Live => "live",
        ApiContract::Design => "design",
    }
}

/// The contract of this name.
///
/// # Errors
/// Which names there are.
pub fn parse(name_given: &str) -> Result<ApiContract, &'static str> {
    let known = [ApiContract::Live, ApiContract::Design].into_iter().find(|contract| name(*contract) == name_given);
    known.ok_or("give live or design")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_known_by_the_name_that_the_configuration_has_and_by_no_other() {
        for contract in [ApiContract::Live, ApiContract::Design] {
            assert_eq!(serde_json::to_value(contract).expect("JSON"), name(contract));
            assert_eq!(parse(name(contract)), Ok(contract));
        }
        for other in ["", "Live", "hmac", "designs"] {
            assert_eq!(parse(other), Err("give live or design"), "{other}");
        }
    }
}
