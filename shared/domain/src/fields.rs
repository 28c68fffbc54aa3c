//! What OpenSolar holds of a project or a contact, field by field, and what may be sent of it without undoing what a
//! person changed there.

use std::collections::{BTreeMap, BTreeSet};

use crate::request::Position;

/// The fields of a project that the CRM decides about, by OpenSolar's names (developers.opensolar.com, "projects").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProjectField {
    /// `is_residential`: a home or a business.
    IsResidential,
    /// `title`: what staff see as the project's name.
    Title,
    /// `business_name`: of commercial projects.
    BusinessName,
    /// `lead_source`: where the lead comes from.
    LeadSource,
    /// `address`: street address.
    Address,
    /// `locality`: suburb or town.
    Locality,
    /// `state`: province.
    State,
    /// `zip`: postal code.
    Zip,
    /// `country_iso2`: ISO 3166-1 alpha-2.
    CountryIso2,
    /// `lat` and `lon`: one field, since half a position is none.
    Position,
    /// `notes`: free text for designers.
    Notes,
    /// `custom_project_info_1`.
    CustomProjectInfo1,
    /// `custom_project_info_2`.
    CustomProjectInfo2,
    /// `custom_project_info_3`.
    CustomProjectInfo3,
    /// `custom_project_info_4`.
    CustomProjectInfo4,
    /// `custom_project_info_5`.
    CustomProjectInfo5,
}

/// The fields of a contact that the CRM decides about, by OpenSolar's names (developers.opensolar.com, "contacts").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContactField {
    /// `first_name`.
    FirstName,
    /// `family_name`.
    FamilyName,
    /// `email`: unique in the organisation.
    Email,
    /// `phone`.
    Phone,
}

/// A kind of field: all of them, and their names.
pub trait Field: Copy + Ord + 'static {
    /// Every field of the kind.
    const ALL: &'static [Self];

    /// Its name in the store and in the timeline; OpenSolar's, but for the position.
    fn as_str(self) -> &'static str;

    /// The value in the form in which two of this field are compared.
    fn comparable(self, value: FieldValue) -> FieldValue {
        value
    }

    /// The field of this name.
    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == name)
    }
}

impl Field for ProjectField {
    const ALL: &'static [Self] = &[
        Self::IsResidential,
        Self::Title,
        Self::BusinessName,
        Self::LeadSource,
        Self::Address,
        Self::Locality,
        Self::State,
        Self::Zip,
        Self::CountryIso2,
        Self::Position,
        Self::Notes,
        Self::CustomProjectInfo1,
        Self::CustomProjectInfo2,
        Self::CustomProjectInfo3,
        Self::CustomProjectInfo4,
        Self::CustomProjectInfo5,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::IsResidential => "is_residential",
            Self::Title => "title",
            Self::BusinessName => "business_name",
            Self::LeadSource => "lead_source",
            Self::Address => "address",
            Self::Locality => "locality",
            Self::State => "state",
            Self::Zip => "zip",
            Self::CountryIso2 => "country_iso2",
            Self::Position => "position",
            Self::Notes => "notes",
            Self::CustomProjectInfo1 => "custom_project_info_1",
            Self::CustomProjectInfo2 => "custom_project_info_2",
            Self::CustomProjectInfo3 => "custom_project_info_3",
            Self::CustomProjectInfo4 => "custom_project_info_4",
            Self::CustomProjectInfo5 => "custom_project_info_5",
        }
    }
}

impl Field for ContactField {
    const ALL: &'static [Self] = &[Self::FirstName, Self::FamilyName, Self::Email, Self::Phone];

    fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::FamilyName => "family_name",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// An address ignoring case, a number without what people write between its digits.
    fn comparable(self, value: FieldValue) -> FieldValue {
        match (self, value) {
            (Self::Email, FieldValue::Text(text)) => FieldValue::Text(text.to_lowercase()),
            (Self::Phone, FieldValue::Text(text)) => {
                FieldValue::Text(text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect())
            }
            (Self::FirstName | Self::FamilyName | Self::Email | Self::Phone, value) => value,
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Text, never blank, without white space around it, its lines ended by `\n`.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A place on earth, to a millionth of a degree (a tenth of a metre).
    Place(Position),
}

impl FieldValue {
    /// Text; nothing for blank.
    pub fn text(raw: &str) -> Option<Self> {
        let text = raw.replace("\r\n", "\n");
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    /// A position, rounded so that one that was read back is the one that was sent.
    pub fn place(position: Position) -> Self {
        let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Self::Place(Position { latitude: rounded(position.latitude), longitude: rounded(position.longitude) })
    }
}

/// Values by field; a field without one is blank, unless it was not shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields<F: Field> {
    values: BTreeMap<F, FieldValue>,
    /// Fields of which an answer says nothing at all.
    unshown: BTreeSet<F>,
}

/// A project's.
pub type ProjectFields = Fields<ProjectField>;
/// A contact's.
pub type ContactFields = Fields<ContactField>;

/// New values for some fields; nothing blanks a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch<F: Field>(BTreeMap<F, Option<FieldValue>>);

/// Of a project.
pub type ProjectPatch = Patch<ProjectField>;
/// Of a contact.
pub type ContactPatch = Patch<ContactField>;

impl<F: Field> Default for Fields<F> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), unshown: BTreeSet::new() }
    }
}

impl<F: Field> FromIterator<(F, Option<FieldValue>)> for Fields<F> {
    fn from_iter<I: IntoIterator<Item = (F, Option<FieldValue>)>>(values: I) -> Self {
        let values = values.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
        Self { values, unshown: BTreeSet::new() }
    }
}

impl<F: Field> FromIterator<(F, Option<FieldValue>)> for Patch<F> {
    fn from_iter<I: IntoIterator<Item = (F, Option<FieldValue>)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<F: Field> Fields<F> {
    /// What a field holds.
    pub fn get(&self, field: F) -> Option<&FieldValue> {
        self.values.get(&field)
    }

    /// The fields that hold something.
    pub fn iter(&self) -> impl Iterator<Item = (F, &FieldValue)> {
        self.values.iter().map(|(field, value)| (*field, value))
    }

    /// The same, as an answer shows them that says nothing of these fields. Such a field agrees with whatever it is
    /// compared with: that it is blank, or that a person changed it, is not known.
    #[must_use]
    pub fn without_sight_of(self, unshown: impl IntoIterator<Item = F>) -> Self {
        Self { unshown: unshown.into_iter().collect(), ..self }
    }

    /// What they hold; of those that were not shown, what another has.
    #[must_use]
    pub fn or_unshown(&self, other: &Self) -> Self {
        let mut whole = Self { unshown: BTreeSet::new(), ..self.clone() };
        self.unshown.iter().for_each(|field| whole.take_over(*field, other));
        whole
    }

    /// Whether both hold the same in a field.
    pub fn agrees(&self, other: &Self, field: F) -> bool {
        if self.unshown.contains(&field) || other.unshown.contains(&field) {
            return true;
        }
        let comparable = |value: Option<&FieldValue>| value.cloned().map(|value| field.comparable(value));
        comparable(self.get(field)) == comparable(other.get(field))
    }

    /// The fields in which both differ.
    pub fn differing(&self, other: &Self) -> Vec<F> {
        F::ALL.iter().copied().filter(|field| !self.agrees(other, *field)).collect()
    }

    /// Takes over what another holds in a field.
    pub fn take_over(&mut self, field: F, other: &Self) {
        match other.get(field) {
            Some(value) => self.values.insert(field, value.clone()),
            None => self.values.remove(&field),
        };
    }

    /// A patch with what the fields beside it hold, for a write that may blank what it does not name.
    #[must_use]
    pub fn beside(&self, patch: &Patch<F>) -> Patch<F> {
        let held = self.values.iter().map(|(field, value)| (*field, Some(value.clone())));
        let mut whole = Patch::from_iter(held);
        whole.0.extend(patch.0.clone());
        whole
    }

    /// These values with a patch applied.
    #[must_use]
    pub fn with(&self, patch: &Patch<F>) -> Self {
        let mut patched = self.clone();
        for (field, value) in &patch.0 {
            match value {
                Some(value) => patched.values.insert(*field, value.clone()),
                None => patched.values.remove(field),
            };
        }
        patched
    }
}

impl<F: Field> Patch<F> {
    /// Its fields with their new values.
    pub fn iter(&self) -> impl Iterator<Item = (F, Option<&FieldValue>)> {
        self.0.iter().map(|(field, value)| (*field, value.as_ref()))
    }

    /// Its fields.
    pub fn fields(&self) -> Vec<F> {
        self.0.keys().copied().collect()
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What follows from comparing what was pushed, what is wanted, and what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreeWay<F: Field> {
    /// To be sent: what is there is what we pushed, and something else is wanted.
    pub send: Patch<F>,
    /// Changed there by a person: left alone, now and as long as the CRM wants the same.
    pub kept: BTreeSet<F>,
    /// What counts as pushed now: what is wanted of all fields that are not to be sent.
    pub pushed: Fields<F>,
}

/// Compares. Only fields in which `wanted` differs from `pushed` are anybody's business.
///
/// A value that is neither what we pushed nor what we want is a person's. That it counts as pushed does not mean that
/// it may be overwritten later: the next wish finds it as different from both again.
pub fn three_way<F: Field>(pushed: &Fields<F>, wanted: &Fields<F>, there: &Fields<F>) -> ThreeWay<F> {
    let mut outcome = ThreeWay { send: Patch(BTreeMap::new()), kept: BTreeSet::new(), pushed: pushed.clone() };
    for field in wanted.differing(pushed) {
        if there.agrees(pushed, field) {
            outcome.send.0.insert(field, wanted.get(field).cloned());
            continue;
        }
        if !there.agrees(wanted, field) {
            outcome.kept.insert(field);
        }
        outcome.pushed.take_over(field, wanted);
    }
    outcome
}

/// What a write that is in doubt turned out to have done, by a read that began long enough after it.
///
/// The value that was sent: it was applied. The value that was pushed before: it was not, and is sent again by the
/// next comparison. Anything else is a person's, and stays.
pub fn settled<F: Field>(pushed: &Fields<F>, sent: &Patch<F>, there: &Fields<F>) -> ThreeWay<F> {
    let wanted = pushed.with(sent);
    three_way(pushed, &wanted, there)
}

/// The names of fields, for the timeline.
pub fn names<F: Field>(fields: impl IntoIterator<Item = F>) -> String {
    fields.into_iter().map(F::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod laws;

#[cfg(test)]
mod tests {
    use super::*;

    fn site(address: &str, notes: &str) -> ProjectFields {
        Fields::from_iter([
            (ProjectField::Address, FieldValue::text(address)),
            (ProjectField::Notes, FieldValue::text(notes)),
        ])
    }

    #[test]
    fn only_what_nobody_else_changed_is_sent() {
        let pushed = site("12 Example Street", "as asked");
        let wanted = site("14 Example Street", "asked anew");
        let there = site("12b Example Street", "as asked");
        let outcome = three_way(&pushed, &wanted, &there);
        assert_eq!(outcome.send.fields(), [ProjectField::Notes]);
        assert_eq!(outcome.kept, BTreeSet::from([ProjectField::Address]));
        assert_eq!(outcome.pushed, site("14 Example Street", "as asked"));
    }

    #[test]
    fn a_persons_correction_survives_every_later_wish() {
        let there = site("12b Example Street", "");
        let mut pushed = site("12 Example Street", "");
        for wish in ["14 Example Street", "16 Example Street", "12 Example Street"] {
            let outcome = three_way(&pushed, &site(wish, ""), &there);
            assert!(outcome.send.is_empty(), "{wish}");
            pushed = outcome.pushed;
        }
    }

    #[test]
    fn what_is_there_already_is_not_sent() {
        let outcome = three_way(&site("12", "a"), &site("14", "a"), &site("14", "edited"));
        assert!(outcome.send.is_empty() && outcome.kept.is_empty());
        assert_eq!(outcome.pushed, site("14", "a"));
    }

    #[test]
    fn what_the_crm_wants_gone_is_blanked() {
        let outcome = three_way(&site("12", "a"), &site("12", ""), &site("12", "a"));
        assert_eq!(outcome.send, Patch::from_iter([(ProjectField::Notes, None)]));
        assert_eq!(outcome.pushed.with(&outcome.send), site("12", ""));
    }

    #[test]
    fn a_write_in_doubt_is_settled_field_by_field() {
        let pushed = site("12", "a");
        let sent = Patch::from_iter([
            (ProjectField::Address, FieldValue::text("14")),
            (ProjectField::Notes, FieldValue::text("b")),
        ]);
        let applied = settled(&pushed, &sent, &site("14", "b"));
        assert_eq!((applied.send.is_empty(), applied.pushed), (true, site("14", "b")));
        let lost = settled(&pushed, &sent, &pushed);
        assert_eq!((lost.send, lost.pushed), (sent.clone(), pushed.clone()));
        let edited = settled(&pushed, &sent, &site("14", "c"));
        assert_eq!((edited.kept, edited.pushed), (BTreeSet::from([ProjectField::Notes]), site("14", "b")));
    }

    #[test]
    fn what_is_not_shown_is_nobodys_change() {
        let (pushed, wanted) = (site("12", "a"), site("14", "b"));
        let there = site("12", "").without_sight_of([ProjectField::Notes]);
        let outcome = three_way(&pushed, &wanted, &there);
        assert_eq!(outcome.send.fields(), [ProjectField::Address, ProjectField::Notes]);
        assert!(outcome.kept.is_empty());
        assert_eq!(there.or_unshown(&pushed), pushed);
        let lost = settled(&pushed, &outcome.send, &there);
        assert_eq!(lost.send.fields(), [ProjectField::Address, ProjectField::Notes], "sent again, and no harm done");
    }

    #[test]
    fn the_same_number_and_address_written_otherwise_are_the_same() {
        let contact = |email: &str, phone: &str| {
            ContactFields::from_iter([
                (ContactField::Email, FieldValue::text(email)),
                (ContactField::Phone, FieldValue::text(phone)),
            ])
        };
        let ours = contact("rudo@example.com", "+263770000001");
        assert_eq!(ours.differing(&contact("Rudo@Example.com ", "+263 77 000-0001")), []);
        assert_eq!(ours.differing(&contact("rudo@example.com", "+263770000002")), [ContactField::Phone]);
    }

    #[test]
    fn what_is_sent_beside_a_patch_is_what_is_there() {
        let patch = Patch::from_iter([(ProjectField::Address, None)]);
        let whole = site("12", "a").beside(&patch);
        assert_eq!(
            whole,
            Patch::from_iter([(ProjectField::Address, None), (ProjectField::Notes, FieldValue::text("a"))])
        );
    }

    #[test]
    fn every_field_has_a_name_of_its_own() {
        for field in ProjectField::ALL {
            assert_eq!(ProjectField::parse(field.as_str()), Some(*field));
        }
        for field in ContactField::ALL {
            assert_eq!(ContactField::parse(field.as_str()), Some(*field));
        }
    }
}
