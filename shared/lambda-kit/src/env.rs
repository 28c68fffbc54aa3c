//! Environment variables, read once at the start and typed at once. Only a function's `main.rs` reads them.

use std::error::Error;
use std::str::FromStr;

/// A variable that is not set, or set to nothing, or to something that is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is not set")]
pub struct MissingVariable {
    /// Its name.
    pub name: &'static str,
}

/// A variable that cannot be used. Its value is not told: it might be a secret in the wrong place.
#[derive(Debug, thiserror::Error)]
pub enum VariableError {
    /// It is not there.
    #[error(transparent)]
    Missing(#[from] MissingVariable),
    /// It cannot be read as what it has to be.
    #[error("the environment variable {name} cannot be read")]
    Unreadable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A variable that has to be there.
///
/// # Errors
/// [`MissingVariable`] if it is not set or blank: a template's empty parameter arrives as blank text.
pub fn required(name: &'static str) -> Result<String, MissingVariable> {
    required_in(&process, name)
}

/// A variable that has to be there and to be a `T`.
///
/// # Errors
/// A [`VariableError`] if it is missing or no `T`.
pub fn parsed<T>(name: &'static str) -> Result<T, VariableError>
where
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    parsed_in(&process, name)
}

/// A variable that may be missing, but else has to be a `T`.
///
/// # Errors
/// A [`VariableError`] if it is there and no `T`.
pub fn optional<T>(name: &'static str) -> Result<Option<T>, VariableError>
where
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    optional_in(&process, name)
}

fn process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn required_in(variables: &dyn Fn(&str) -> Option<String>, name: &'static str) -> Result<String, MissingVariable> {
    let value = variables(name).map(|value| value.trim().to_owned());
    value.filter(|value| !value.is_empty()).ok_or(MissingVariable { name })
}

fn parsed_in<T>(variables: &dyn Fn(&str) -> Option<String>, name: &'static str) -> Result<T, VariableError>
where
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    let value = required_in(variables, name)?;
    value.parse().map_err(|error: T::Err| VariableError::Unreadable { name, source: error.into() })
}

fn optional_in<T>(variables: &dyn Fn(&str) -> Option<String>, name: &'static str) -> Result<Option<T>, VariableError>
where
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    match parsed_in(variables, name) {
        Ok(value) => Ok(Some(value)),
        Err(VariableError::Missing(_)) => Ok(None),
        Err(error @ VariableError::Unreadable { .. }) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<String> {
        match name {
            "TABLE" => Some(" bridge ".to_owned()),
            "LIMIT" => Some("25".to_owned()),
            "BLANK" => Some("  ".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_variable_is_read_without_the_white_space_around_it() {
        assert_eq!(required_in(&variables, "TABLE").as_deref(), Ok("bridge"));
        assert_eq!(parsed_in(&variables, "LIMIT").ok(), Some(25_u32));
        assert_eq!(optional_in(&variables, "LIMIT").ok(), Some(Some(25_u32)));
    }

    #[test]
    fn missing_and_blank_are_the_same() {
        for name in ["NONE", "BLANK"] {
            assert_eq!(required_in(&variables, name), Err(MissingVariable { name }));
            assert!(matches!(parsed_in::<u32>(&variables, name), Err(VariableError::Missing(_))));
            assert!(matches!(optional_in::<u32>(&variables, name), Ok(None)));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_without_its_value() {
        let error = parsed_in::<u32>(&variables, "TABLE").expect_err("no number");
        assert_eq!(error.to_string(), "the environment variable TABLE cannot be read");
        assert!(optional_in::<u32>(&variables, "TABLE").is_err());
    }

    #[test]
    fn the_processs_own_variables_are_read() {
        assert!(required("PATH").is_ok());
        assert!(required("HANNA_OPENSOLAR_NOT_SET").is_err());
    }
}
