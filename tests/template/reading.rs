//! The template as plain JSON: short tags such as `!Ref` become the objects that they stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

/// Top level of the source tree.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `template.yaml`.
pub(crate) struct Template {
    parameters: Map<String, Value>,
    paces: Value,
    resources: Map<String, Value>,
}

/// One of its functions.
pub(crate) struct Function<'a> {
    pub(crate) template: &'a Template,
    pub(crate) resource: &'a Value,
}

impl Template {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(root().join("template.yaml")).expect("template.yaml is there");
        let yaml: Yaml = serde_yaml_ng::from_str(&text).expect("template.yaml is YAML");
        let template = plain(&yaml);
        let section = |name: &str| template[name].as_object().expect("the template has it").clone();
        let paces = template["Mappings"]["Paces"].clone();
        Self { parameters: section("Parameters"), paces, resources: section("Resources") }
    }

    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.resources.values().filter(move |resource| resource["Type"] == kind)
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = Function<'_>> {
        self.of_type("AWS::Serverless::Function").map(|resource| Function { template: self, resource })
    }

    pub(crate) fn function(&self, name: &str) -> Function<'_> {
        self.functions().find(|function| function.name() == name).expect("the template has it")
    }

    pub(crate) fn parameter(&self, name: &str) -> &Value {
        self.parameters.get(name).unwrap_or_else(|| panic!("the template has no parameter {name}"))
    }

    /// What a property that goes by the pace is at this one.
    pub(crate) fn seconds(&self, property: &Value, pace: &str) -> u64 {
        let [map, parameter, key] = property["Fn::FindInMap"].as_array().expect("it goes by the pace").as_slice()
        else {
            panic!("{property}")
        };
        assert_eq!((map, parameter), (&json!("Paces"), &json!({"Ref": "Pace"})));
        self.paces[pace][key.as_str().expect("a key")].as_u64().expect("seconds")
    }

    pub(crate) fn resource(&self, name: &str) -> &Value {
        self.resources.get(name).unwrap_or_else(|| panic!("the template has no {name}"))
    }

    /// The resource that a `Ref` or `Fn::GetAtt` names.
    pub(crate) fn referred(&self, reference: &Value) -> &Value {
        self.resource(&referred_name(reference))
    }
}

impl Function<'_> {
    pub(crate) fn properties(&self) -> &Value {
        &self.resource["Properties"]
    }

    pub(crate) fn property(&self, name: &str) -> &Value {
        &self.properties()[name]
    }

    /// The last part of its name, which is its folder's name.
    pub(crate) fn name(&self) -> String {
        let full = self.property("FunctionName")["Fn::Sub"].as_str().expect("a name with the stack's in it");
        full.trim_start_matches("${AWS::StackName}-").to_owned()
    }

    /// Its own variables; those of every function are in `Globals`.
    pub(crate) fn variables(&self) -> BTreeMap<String, Value> {
        let variables = self.property("Environment")["Variables"].as_object().expect("it has variables");
        variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The resources that some of its variables name.
    pub(crate) fn variables_named(&self, which: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let variables = self.variables().into_iter().filter(|(name, _)| which(name));
        variables.map(|(_, value)| referred_name(&value)).collect()
    }

    /// Everything that its role allows.
    pub(crate) fn statements(&self) -> Vec<Value> {
        let role = self.template.referred(self.property("Role"));
        let policies = role["Properties"]["Policies"].as_array().expect("its role has policies");
        let statements = policies.iter().map(|policy| &policy["PolicyDocument"]["Statement"]);
        statements.flat_map(|list| list.as_array().expect("statements are a list").clone()).collect()
    }

    pub(crate) fn actions(&self) -> BTreeSet<String> {
        self.statements().iter().flat_map(|statement| list(&statement["Action"])).map(|action| text(&action)).collect()
    }

    /// The resources that an action is allowed on.
    pub(crate) fn resources_of(&self, action: &str) -> BTreeSet<String> {
        let allows = |statement: &Value| list(&statement["Action"]).contains(&json!(action));
        let statements = self.statements().into_iter().filter(allows);
        statements.flat_map(|statement| list(&statement["Resource"])).map(|resource| referred_name(&resource)).collect()
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn referred_name(reference: &Value) -> String {
    let name = reference.get("Ref").or_else(|| reference.get("Fn::GetAtt").map(|path| &path[0]));
    text(name.unwrap_or_else(|| panic!("{reference} names no resource")))
}

fn plain(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => json!(value),
        Yaml::Number(number) => number.as_u64().map_or_else(|| json!(number.as_f64()), |whole| json!(whole)),
        Yaml::String(text) => json!(text),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(fields) => {
            let fields = fields.iter().map(|(name, value)| (text(&plain(name)), plain(value)));
            Value::Object(fields.collect())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let tag = tag.trim_start_matches('!');
            match (tag, plain(&tagged.value)) {
                ("Ref", value) => json!({ "Ref": value }),
                ("GetAtt", Value::String(path)) => {
                    let (resource, attribute) = path.split_once('.').expect("resource.attribute");
                    json!({"Fn::GetAtt": [resource, attribute]})
                }
                (function, value) => json!({ format!("Fn::{function}"): value }),
            }
        }
    }
}
