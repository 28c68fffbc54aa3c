//! What holds for any values: of fields and patches, and of the comparison of three.

use proptest::prelude::*;

use super::*;

/// Few values, so that they meet; some are the same, written otherwise.
fn value(field: ContactField) -> BoxedStrategy<Option<FieldValue>> {
    let texts: &[&str] = match field {
        ContactField::Email => &["", "rudo@example.com", "Rudo@Example.com", "tariro@example.com"],
        ContactField::Phone => &["", "+263770000001", "+263 77 000-0001", "+263770000002"],
        ContactField::FirstName | ContactField::FamilyName => &["", "Rudo", "Tariro"],
    };
    proptest::sample::select(texts).prop_map(FieldValue::text).boxed()
}

fn values() -> impl Strategy<Value = Vec<(ContactField, Option<FieldValue>)>> {
    let all: Vec<_> = ContactField::ALL.iter().map(|field| value(*field).prop_map(|value| (*field, value))).collect();
    all
}

fn fields() -> impl Strategy<Value = ContactFields> {
    values().prop_map(Fields::from_iter)
}

fn patch() -> impl Strategy<Value = ContactPatch> {
    values().prop_flat_map(|all| {
        let most = all.len();
        proptest::sample::subsequence(all, 0..=most).prop_map(Patch::from_iter)
    })
}

/// What follows for one field alone.
fn alone(
    outcome: &ThreeWay<ContactField>,
    field: ContactField,
) -> (Option<Option<&FieldValue>>, bool, Option<&FieldValue>) {
    let sent = outcome.send.iter().find(|(sent, _)| *sent == field).map(|(_, value)| value);
    (sent, outcome.kept.contains(&field), outcome.pushed.get(field))
}

fn only(fields: &ContactFields, field: ContactField) -> ContactFields {
    Fields::from_iter([(field, fields.get(field).cloned())])
}

proptest! {
    #[test]
    fn fields_differ_from_one_another_alike_and_from_themselves_in_nothing(a in fields(), b in fields()) {
        prop_assert_eq!(a.differing(&a), []);
        prop_assert_eq!(a.differing(&b), b.differing(&a));
        let mut taken = a.clone();
        for field in a.differing(&b) {
            taken.take_over(field, &b);
        }
        prop_assert_eq!(taken.differing(&b), []);
    }

    #[test]
    fn a_patch_gives_its_own_fields_its_values_and_a_second_time_changes_nothing(
        base in fields(), first in patch(), second in patch(),
    ) {
        let once = base.with(&first);
        prop_assert_eq!(&once.with(&first), &once);
        for field in ContactField::ALL {
            let patched = first.iter().find(|(other, _)| other == field);
            prop_assert_eq!(once.get(*field), patched.map_or(base.get(*field), |(_, value)| value));
        }
        // Those of different fields may come in any order.
        if first.fields().iter().all(|field| !second.fields().contains(field)) {
            prop_assert_eq!(once.with(&second), base.with(&second).with(&first));
        }
        // What names the fields beside it too is no other change, whatever its receiver blanks.
        prop_assert_eq!(Fields::default().with(&base.beside(&first)), once);
    }

    #[test]
    fn each_field_that_is_wanted_otherwise_is_sent_or_kept_or_there_already(
        pushed in fields(), wanted in fields(), there in fields(),
    ) {
        let outcome = three_way(&pushed, &wanted, &there);
        for field in ContactField::ALL {
            let (sent, is_kept, now_pushed) = alone(&outcome, *field);
            let is_ours = there.agrees(&pushed, *field);
            let is_asked = !wanted.agrees(&pushed, *field);
            prop_assert_eq!(sent.is_some(), is_asked && is_ours, "only over what we put there ourselves");
            prop_assert_eq!(is_kept, is_asked && !is_ours && !there.agrees(&wanted, *field));
            prop_assert!(sent.is_none_or(|value| value == wanted.get(*field)));
            let expected = if is_asked && sent.is_none() { wanted.get(*field) } else { pushed.get(*field) };
            prop_assert_eq!(now_pushed, expected);
        }
    }

    #[test]
    fn fields_have_nothing_to_do_with_one_another(pushed in fields(), wanted in fields(), there in fields()) {
        let whole = three_way(&pushed, &wanted, &there);
        for field in ContactField::ALL {
            let part = three_way(&only(&pushed, *field), &only(&wanted, *field), &only(&there, *field));
            prop_assert_eq!(alone(&whole, *field), alone(&part, *field));
        }
    }

    #[test]
    fn once_what_is_to_be_sent_was_sent_nothing_is_left_to_be_done(
        pushed in fields(), wanted in fields(), there in fields(),
    ) {
        let outcome = three_way(&pushed, &wanted, &there);
        let (pushed, there) = (outcome.pushed.with(&outcome.send), there.with(&outcome.send));
        prop_assert_eq!(wanted.differing(&pushed), []);
        let again = three_way(&pushed, &wanted, &there);
        prop_assert!(again.send.is_empty() && again.kept.is_empty());
        prop_assert_eq!(again.pushed, pushed);
    }

    #[test]
    fn a_write_in_doubt_is_settled_by_what_is_there_whether_it_was_applied_or_not(
        pushed in fields(), sent in patch(), edited in patch(),
    ) {
        let applied = settled(&pushed, &sent, &pushed.with(&sent));
        prop_assert!(applied.send.is_empty() && applied.kept.is_empty());
        prop_assert_eq!(applied.pushed.differing(&pushed.with(&sent)), []);
        let lost = settled(&pushed, &sent, &pushed);
        prop_assert_eq!(&lost.pushed, &pushed);
        prop_assert_eq!(lost.send.fields(), pushed.with(&sent).differing(&pushed));
        // What somebody changed meanwhile stays, unless it is just what was pushed before.
        for there in [pushed.with(&edited), pushed.with(&sent).with(&edited)] {
            let outcome = settled(&pushed, &sent, &there);
            prop_assert!(outcome.send.fields().iter().all(|field| there.agrees(&pushed, *field)));
        }
    }

    /// What a person wrote is what no wish ever is: no series of wishes overwrites it.
    #[test]
    fn what_a_person_wrote_is_never_overwritten_by_whatever_is_wished_later(
        first in fields(),
        turns in proptest::collection::vec((fields(), proptest::option::of(proptest::sample::select(ContactField::ALL))), 1..12),
    ) {
        let (mut pushed, mut there) = (first.clone(), first);
        let mut theirs = BTreeSet::new();
        for (wanted, edited) in turns {
            if let Some(field) = edited {
                there = there.with(&Patch::from_iter([(field, FieldValue::text("a person's"))]));
                theirs.insert(field);
            }
            let outcome = three_way(&pushed, &wanted, &there);
            prop_assert!(outcome.send.fields().iter().all(|field| !theirs.contains(field)));
            pushed = outcome.pushed.with(&outcome.send);
            there = there.with(&outcome.send);
            for field in ContactField::ALL.iter().filter(|field| !theirs.contains(field)) {
                prop_assert!(there.agrees(&wanted, *field), "all else is as the crm wants it");
            }
        }
    }
}
