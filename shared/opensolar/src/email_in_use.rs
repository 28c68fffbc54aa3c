//! The one refusal that a write is known for: another contact has the e-mail address.

use serde_json::Value;

/// Words that tell "another contact has it" from "that is no address"; the exact wording is not documented.
const TAKEN: [&str; 5] = ["already", "in use", "taken", "unique", "duplicate"];

/// Keys that name no field, so that the text inside has to say what it is about.
const NO_FIELD: [&str; 6] = ["contacts_new", "non_field_errors", "detail", "error", "errors", "message"];

/// Whether a refusal says so: `{"contacts_new": [{"email": ["…"]}]}` to a create, `{"email": ["…"]}` to a contact's
/// change, or either as plain text that names the e-mail.
pub(crate) fn is_said_by(refusal: &Value) -> bool {
    says_taken(refusal, About::Unknown)
}

#[derive(Clone, Copy)]
enum About {
    Email,
    AnotherField,
    Unknown,
}

fn says_taken(complaint: &Value, about: About) -> bool {
    match complaint {
        Value::Array(items) => items.iter().any(|item| says_taken(item, about)),
        Value::Object(fields) => fields.iter().any(|(name, inside)| {
            let about = match about {
                About::Unknown if name == "email" => About::Email,
                About::Unknown if NO_FIELD.contains(&name.as_str()) => About::Unknown,
                About::Unknown => About::AnotherField,
                About::Email | About::AnotherField => about,
            };
            says_taken(inside, about)
        }),
        Value::String(text) => {
            let text = text.to_lowercase();
            let is_about_email = match about {
                About::Email => true,
                About::AnotherField => false,
                About::Unknown => text.contains("email") || text.contains("e-mail"),
            };
            is_about_email && TAKEN.iter().any(|word| text.contains(word))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_taken_address_is_an_address_in_use() {
        for taken in [
            json!({"contacts_new": [{"email": ["Email address is already in use."]}]}),
            json!({"contacts_new": [{}, {"email": "This field must be unique."}]}),
            json!({"contacts_new": {"email": ["contact with this email already exists."]}}),
            json!({"contacts_new": [{"email": [{"message": "…", "code": "unique"}]}]}),
            json!({"contacts_new": ["A contact with this Email already exists."]}),
            json!({"contacts_new": "This e-mail address is already in use."}),
            json!({"contacts_new": [{"non_field_errors": ["E-mail taken"]}]}),
            json!({"email": ["Email address is already in use."]}),
            json!({"email": "contact with this email already exists."}),
            json!({"errors": {"email": ["This field must be unique."]}}),
            json!({"detail": "Email address is already in use."}),
            json!({"non_field_errors": ["The email is already in use."]}),
            json!(["Email address is already in use."]),
        ] {
            assert!(is_said_by(&taken), "{taken}");
        }
        for other in [
            json!({"contacts_new": [{"email": ["Enter a valid email address."]}]}),
            json!({"contacts_new": [{"phone": ["This phone is already in use."]}]}),
            json!({"email": ["Enter a valid email address."]}),
            json!({"phone": ["An email or a unique phone is needed."]}),
            json!({"identifier": ["project with this identifier already exists."]}),
            json!({"detail": "already in use"}),
            json!("already in use"),
            json!(null),
        ] {
            assert!(!is_said_by(&other), "{other}");
        }
    }
}
