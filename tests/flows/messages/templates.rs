//! Outside the window: which template a customer gets, and what becomes of one that cannot be used.

use chrono::TimeDelta;
use domain::configuration::TemplateDocument;
use domain::notification::{Channel, Milestone, NoticeState};
use integration_tests::{Contract, Platform, World, customer_request};
use rstest::rstest;
use serde_json::Value;
use testkit::builders::MINUTE;

use super::{designed, last_in_the_chat, was_sent_once_by};

/// A template as an operator writes it.
fn template(name: &str, language: &str) -> TemplateDocument {
    TemplateDocument { name: name.to_owned(), language: language.to_owned(), parameters: None, body: None }
}

/// A customer of this language who last wrote long ago, and these templates for the design.
async fn outside_the_window(contract: Contract, language: &str, templates: Vec<TemplateDocument>) -> World<Platform> {
    let mut request = customer_request("1042");
    request.customer.last_inbound_at = None;
    request.customer.language = Some(language.to_owned());
    let (mut world, _) = World::under_with_project_of(contract, &request).await;
    world.whatsapp.close_all_windows();
    world
        .configure(|document| {
            document.messages.get_mut(&Milestone::DesignComplete).expect("a rule").templates = templates;
        })
        .await;
    world
}

#[rstest]
#[tokio::test]
async fn the_customers_language_chooses_the_template(#[values(Contract::Live, Contract::Design)] contract: Contract) {
    let templates = [("design_zu", "zu"), ("design_en", "en")].map(|(name, language)| template(name, language));
    for (language, name) in [("en_US", "design_en"), ("zu", "design_zu"), ("sn", "design_zu")] {
        let mut world = outside_the_window(contract, language, templates.to_vec()).await;
        for template in &templates {
            world.whatsapp.approve_template(&template.name, &template.language, 1);
        }
        designed(&mut world).await;
        assert_eq!(world.messages(), [format!("{name}: Tariro")], "{language}");
    }
}

#[rstest]
#[tokio::test]
async fn staff_see_the_templates_own_words_where_they_are_configured(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let body = Some("Sawubona {{1}}! {{2}}, your design is done.".to_owned());
    let parameters = Some(vec!["first_name".to_owned(); 2]);
    let own_words = TemplateDocument { body, parameters, ..template("design_zu", "zu") };
    for (templates, expected) in [
        (vec![own_words], "Sawubona Tariro! Tariro, your design is done."),
        (vec![template("design_zu", "zu")], "Good news, Tariro: the design of your solar system is complete."),
    ] {
        let mut world = outside_the_window(contract, "zu", templates.clone()).await;
        let places = templates[0].parameters.as_ref().map_or(1, Vec::len);
        world.whatsapp.approve_template("design_zu", "zu", places);
        designed(&mut world).await;
        was_sent_once_by(&world, Channel::Template);
        let told = last_in_the_chat(&world);
        assert!(told["body"].as_str().is_some_and(|body| body.starts_with(expected)), "{told}");
        assert_eq!((&told["state"], &told["channel"]), (&"sent".into(), &"template".into()));
    }
}

#[rstest]
#[tokio::test]
async fn a_template_that_meta_does_not_know_is_an_operators_and_no_loop(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = outside_the_window(contract, "en", vec![template("never_approved", "en")]).await;
    designed(&mut world).await;
    let NoticeState::Failed { reason } = world.only_notice("1042") else { panic!("failed") };
    assert!(reason.contains("132001") && reason.contains("have it approved"), "{reason}");
    let told = last_in_the_chat(&world);
    assert_eq!(
        (&told["state"], &told["reason"], &told["message_id"]),
        (&"failed".into(), &reason.into(), &Value::Null)
    );
    world.advance(TimeDelta::hours(24));
    world.sweep().await;
    assert_eq!(world.whatsapp.calls().len(), 1);
}

#[rstest]
#[tokio::test]
async fn without_a_template_a_closed_window_waits_until_one_is_configured(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut request = customer_request("1042");
    request.customer.last_inbound_at = None;
    let (mut world, _) = World::under_with_project_of(contract, &request).await;
    let mut rules = None;
    world.configure(|document| rules = Some(std::mem::take(&mut document.messages))).await;
    designed(&mut world).await;
    let NoticeState::Due { reason: Some(reason), .. } = world.only_notice("1042") else { panic!("due") };
    assert!(reason.contains("configure one"), "{reason}");
    assert_eq!(world.messages(), Vec::<String>::new());

    world.configure(|document| document.messages = rules.unwrap_or_default()).await;
    world.advance(TimeDelta::minutes(2));
    world.sweep().await;
    was_sent_once_by(&world, Channel::Template);
}

#[rstest]
#[tokio::test]
async fn a_message_that_cannot_go_does_not_hold_up_the_next_one_for_long(
    #[values(Contract::Live, Contract::Design)] contract: Contract,
) {
    let mut world = outside_the_window(contract, "en", Vec::new()).await;
    let project = world.opensolar.projects()[0].id;
    world.opensolar.design(project, 6.6);
    world.opensolar.send_proposal(project);
    world.run_until_quiet().await;
    assert_eq!(world.messages(), Vec::<String>::new());
    for _ in 0..60 {
        world.advance(MINUTE);
        world.sweep().await;
    }
    let messages = world.messages();
    assert!(messages.len() == 1 && messages[0].starts_with("example_proposal_sent: Tariro, https"), "{messages:?}");
}
