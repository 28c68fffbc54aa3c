//! Which milestones are told, and by which of Meta's approved templates.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::InvalidConfiguration;
use crate::notification::{Milestone, Parameter};

/// Whether and how a milestone is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRule {
    /// Whether the customer is told at all.
    pub tell: bool,
    /// The approved templates used outside WhatsApp's 24-hour window, at most one per language; without any, nothing
    /// can be sent there.
    pub templates: Vec<Template>,
}

impl MessageRule {
    /// The template for a customer's language, such as `en_US`, `en-us` or `en`, case ignored: the one in just this
    /// language, else in the language without its country, else in the language for any country. Where none fits, or
    /// the customer's language is not known, the first one.
    pub fn template_for(&self, language: Option<&str>) -> Option<&Template> {
        let wanted = language.unwrap_or_default().trim().replace('-', "_").to_lowercase();
        let (base, _) = wanted.split_once('_').unwrap_or((&wanted, ""));
        let written_in = |fits: &dyn Fn(&str) -> bool| {
            self.templates.iter().find(|template| fits(&template.name.language.to_lowercase()))
        };
        written_in(&|language| language == wanted)
            .or_else(|| written_in(&|language| language == base))
            .or_else(|| written_in(&|language| language.split('_').next() == Some(base)))
            .or_else(|| self.templates.first())
    }
}

/// A WhatsApp template, with what its places are filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which.
    pub name: TemplateName,
    /// What its body's places are filled with, in order.
    pub parameters: Vec<Parameter>,
    /// Its wording, if the configuration has it.
    pub body: Option<TemplateBody>,
}

/// A WhatsApp template, approved by Meta for the sending account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateName {
    /// Its name.
    pub name: String,
    /// Its language, such as `en` or `en_US`.
    pub language: String,
}

/// A template's wording with its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateBody {
    beginning: String,
    /// A place, from 0, and the text behind it.
    rest: Vec<(usize, String)>,
}

impl TemplateBody {
    /// Reads `Hello {{1}}, ...`; nothing unless it has just the places from 1 to `places`, each at least once.
    fn parse(raw: &str, places: usize) -> Option<Self> {
        let mut pieces = raw.split("{{");
        let beginning = pieces.next()?.to_owned();
        let piece = |piece: &str| {
            let (place, text) = piece.split_once("}}")?;
            Some((place.parse::<usize>().ok()?.checked_sub(1)?, text.to_owned()))
        };
        let rest: Vec<_> = pieces.map(piece).collect::<Option<_>>()?;
        let used: BTreeSet<usize> = rest.iter().map(|(place, _)| *place).collect();
        used.into_iter().eq(0..places).then_some(Self { beginning, rest })
    }

    /// What a customer reads.
    pub fn filled(&self, parameters: &[String]) -> String {
        self.rest.iter().fold(self.beginning.clone(), |text, (place, behind)| {
            let fact = parameters.get(*place).map_or("", String::as_str);
            text + fact + behind
        })
    }
}

/// A milestone's rule as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageRuleDocument {
    /// Default true.
    #[serde(default = "super::document::default::on")]
    pub tell: bool,
    /// In order of preference: the first is for customers whose language none of them has. Default none.
    #[serde(default)]
    pub templates: Vec<TemplateDocument>,
}

/// A template as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateDocument {
    /// As approved: lower-case letters, digits and `_`.
    pub name: String,
    /// As approved: `en`, or with a country `en_US`.
    pub language: String,
    /// What its body's places are filled with, in order: `first_name`; `proposal_link` (of `proposal_sent`);
    /// `installation_date` (of the two about the installation). Default: all that the milestone has, in this order.
    #[serde(default)]
    pub parameters: Option<Vec<String>>,
    /// Its body as approved, with `{{1}}` and so on: what the CRM is then told that the customer reads. Without it, the
    /// CRM is told the text that is sent within the 24-hour window.
    #[serde(default)]
    pub body: Option<String>,
}

/// Longest name of a template that Meta takes.
const LONGEST_NAME: usize = 512;

pub(super) fn messages(
    document: &BTreeMap<Milestone, MessageRuleDocument>,
) -> Result<BTreeMap<Milestone, MessageRule>, InvalidConfiguration> {
    document.iter().map(|(milestone, rule)| Ok((*milestone, message_rule(*milestone, rule)?))).collect()
}

fn message_rule(milestone: Milestone, document: &MessageRuleDocument) -> Result<MessageRule, InvalidConfiguration> {
    let templates: Vec<Template> =
        document.templates.iter().map(|written| template(milestone, written)).collect::<Result<_, _>>()?;
    let languages: BTreeSet<&str> = templates.iter().map(|template| template.name.language.as_str()).collect();
    if languages.len() != templates.len() {
        return Err(InvalidConfiguration {
            field: "messages.templates",
            problem: "two templates of one milestone have the same language",
        });
    }
    Ok(MessageRule { tell: document.tell, templates })
}

fn template(milestone: Milestone, document: &TemplateDocument) -> Result<Template, InvalidConfiguration> {
    let invalid = |field, problem| Err(InvalidConfiguration { field, problem });
    let TemplateDocument { name, language, parameters, body } = document;
    if !is_name(name) {
        return invalid("messages.templates.name", "give the approved name: lower-case letters, digits and _");
    }
    if !is_language(language) {
        return invalid("messages.templates.language", "give the approved language, such as en or en_US");
    }
    let Some(parameters) = parameters_of(milestone, parameters.as_deref()) else {
        return invalid(
            "messages.templates.parameters",
            "first_name is for every milestone, proposal_link for proposal_sent, installation_date for the two about \
             the installation; there are no others",
        );
    };
    let parsed = body.as_deref().map(|body| TemplateBody::parse(body, parameters.len()));
    let Some(body) = parsed.map_or(Some(None), |body| body.map(Some)) else {
        return invalid("messages.templates.body", "it has to have a place {{1}}, {{2}} ... for each parameter");
    };
    Ok(Template { name: TemplateName { name: name.clone(), language: language.clone() }, parameters, body })
}

fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(allowed)
}

/// Meta's codes: two or three letters, and perhaps a country's two.
fn is_language(code: &str) -> bool {
    let (language, country) =
        code.split_once('_').map_or((code, None), |(language, country)| (language, Some(country)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && country.is_none_or(|country| country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()))
}

fn parameters_of(milestone: Milestone, names: Option<&[String]>) -> Option<Vec<Parameter>> {
    let Some(names) = names else { return Some(milestone.parameters().to_vec()) };
    let known = |name: &String| Parameter::parse(name).filter(|parameter| milestone.parameters().contains(parameter));
    names.iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, language: &str) -> TemplateDocument {
        TemplateDocument { name: name.to_owned(), language: language.to_owned(), parameters: None, body: None }
    }

    fn rule(languages: &[&str]) -> MessageRule {
        let templates = languages.iter().map(|language| written("example", language)).collect();
        let document = MessageRuleDocument { tell: true, templates };
        message_rule(Milestone::ProposalSent, &document).expect("valid")
    }

    #[test]
    fn the_customers_language_chooses_the_template() {
        let chosen = |languages: &[&str], wanted: Option<&str>| {
            rule(languages).template_for(wanted).map(|template| template.name.language.clone()).unwrap_or_default()
        };
        let all = ["zu", "en", "en_GB", "pt_BR"];
        for (wanted, language) in [
            ("en", "en"),
            ("en_GB", "en_GB"),
            ("en-gb", "en_GB"),
            (" EN ", "en"),
            ("en_US", "en"),
            ("pt", "pt_BR"),
            ("pt_PT", "pt_BR"),
            ("sn", "zu"),
            ("", "zu"),
            ("_", "zu"),
        ] {
            assert_eq!(chosen(&all, Some(wanted)), language, "{wanted}");
        }
        assert_eq!(chosen(&all, None), "zu");
        assert_eq!(rule(&[]).template_for(Some("en")), None);
    }

    #[test]
    fn the_usual_parameters_need_not_be_named_and_others_may_come_in_any_order() {
        let [usual] = &rule(&["en"]).templates[..] else { panic!("one template") };
        assert_eq!(usual.parameters, [Parameter::FirstName, Parameter::ProposalLink]);
        let parameters = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            parameters_of(Milestone::ProposalSent, Some(&names))
        };
        assert_eq!(
            parameters(&["proposal_link", "first_name"]),
            Some(vec![Parameter::ProposalLink, Parameter::FirstName])
        );
        assert_eq!(parameters(&[]), Some(vec![]));
        assert_eq!(parameters(&["installation_date"]), None);
        assert_eq!(parameters(&["phone_number"]), None);
    }

    #[test]
    fn what_meta_would_not_know_is_refused_by_name() {
        let field = |spoil: fn(&mut TemplateDocument)| {
            let mut document = written("example_1", "en");
            spoil(&mut document);
            template(Milestone::ProposalSent, &document).map(|_| "").unwrap_or_else(|error| error.field)
        };
        assert_eq!(field(|_| {}), "");
        for spoil in [(|t| t.name.clear()) as fn(&mut TemplateDocument), |t| t.name = "Example".to_owned()] {
            assert_eq!(field(spoil), "messages.templates.name");
        }
        let languages: [fn(&mut TemplateDocument); 6] = [
            |t| t.language.clear(),
            |t| t.language = "english".to_owned(),
            |t| t.language = "EN".to_owned(),
            |t| t.language = "en-US".to_owned(),
            |t| t.language = "en_".to_owned(),
            |t| t.language = "en_us".to_owned(),
        ];
        for spoil in languages {
            assert_eq!(field(spoil), "messages.templates.language");
        }
        let unknown: fn(&mut TemplateDocument) = |t| t.parameters = Some(vec!["surname".to_owned()]);
        assert_eq!(field(unknown), "messages.templates.parameters");
        assert_eq!(field(|t| t.body = Some("Hello {{1}}".to_owned())), "messages.templates.body");
        assert_eq!(field(|t| t.body = Some("{{2}}: {{1}}".to_owned())), "");

        let templates = vec![written("one", "en"), written("two", "en")];
        let twice = message_rule(Milestone::ProposalSent, &MessageRuleDocument { tell: true, templates });
        assert_eq!(twice.expect_err("twice").field, "messages.templates");
    }

    #[test]
    fn a_body_has_each_fact_in_its_place_and_a_fact_is_no_place() {
        let facts = ["Tariro {{2}}".to_owned(), "Friday".to_owned()];
        let filled = |body| TemplateBody::parse(body, 2).map(|body| body.filled(&facts));
        assert_eq!(filled("On {{2}}, {{1}}: {{2}}!").as_deref(), Some("On Friday, Tariro {{2}}: Friday!"));
        for body in ["{{1}}", "{{1}} {{2}} {{3}}", "{{0}} {{1}} {{2}}", "{{1}} {{2", "{{first}} {{1}} {{2}}", ""] {
            assert_eq!(filled(body), None, "{body}");
        }
    }

    #[test]
    fn what_is_left_out_of_a_rule_has_its_documented_default() {
        let rule: MessageRuleDocument = serde_json::from_str("{}").expect("nothing is required");
        assert_eq!(rule, MessageRuleDocument { tell: true, templates: Vec::new() });
    }
}
