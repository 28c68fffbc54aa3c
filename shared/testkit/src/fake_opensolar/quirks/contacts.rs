//! Contacts and their e-mail addresses.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What a contact takes, and refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactQuirks {
    /// Does PUT empty what it does not name? (D the verb, L that it does not)
    pub put: PutMeaning,
    /// Is there a PATCH? (U)
    pub patch: PatchVerb,
    /// Does a known e-mail refuse a direct POST or PUT, as it refuses `contacts_new`? (U)
    pub direct_email: DirectEmail,
    /// Are addresses that differ in case the same? (U)
    pub email_case: EmailCase,
    /// May an e-mail be an empty text? (U)
    pub empty_email: EmptyEmail,
    /// Is a phone without digits refused? (C: yes)
    pub junk_phone: JunkPhone,
    /// In what words and shape is a known e-mail refused? (C: "already in use"; the rest is illustrative)
    pub email_refusal: EmailRefusal,
}

/// What PUT means for fields that it does not name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutMeaning {
    /// They stay.
    #[default]
    KeepsTheRest,
    /// They become empty.
    EmptiesTheRest,
}

/// Whether contacts have a PATCH.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchVerb {
    /// 405.
    #[default]
    NotAllowed,
    /// It changes what it names.
    Allowed,
}

/// A known e-mail in a direct POST or PUT.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectEmail {
    /// 400.
    #[default]
    Refused,
    /// Two contacts then have one address.
    MayRepeat,
}

/// Whether case tells addresses apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailCase {
    /// It does not.
    #[default]
    Ignored,
    /// It does.
    Matters,
}

/// An e-mail that is an empty text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyEmail {
    /// It is no e-mail.
    #[default]
    Taken,
    /// 400; null or nothing is right.
    Refused,
}

/// A phone without digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JunkPhone {
    /// 400.
    #[default]
    Refused,
    /// It is free text.
    Taken,
}

/// How a known e-mail is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailRefusal {
    /// `{"contacts_new": [{"email": ["Email address is already in use."]}]}`.
    #[default]
    ByContact,
    /// `{"contacts_new": ["..."]}`, with the same words.
    AsText,
    /// The usual shape, in longer words that contain "already in use".
    InOtherWords,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("contacts.put: empties_the_rest", |quirks| quirks.contacts.put = PutMeaning::EmptiesTheRest),
    ("contacts.patch: allowed", |quirks| quirks.contacts.patch = PatchVerb::Allowed),
    ("contacts.direct_email: may_repeat", |quirks| quirks.contacts.direct_email = DirectEmail::MayRepeat),
    ("contacts.email_case: matters", |quirks| quirks.contacts.email_case = EmailCase::Matters),
    ("contacts.empty_email: refused", |quirks| quirks.contacts.empty_email = EmptyEmail::Refused),
    ("contacts.junk_phone: taken", |quirks| quirks.contacts.junk_phone = JunkPhone::Taken),
    ("contacts.email_refusal: as_text", |quirks| quirks.contacts.email_refusal = EmailRefusal::AsText),
    ("contacts.email_refusal: in_other_words", |quirks| quirks.contacts.email_refusal = EmailRefusal::InOtherWords),
];
