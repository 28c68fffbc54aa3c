//! Customers who are easily told from everything else.

use domain::phone::{EmailAddress, PhoneNumber};
use domain::request::{InstallationRequest, Position};
use domain::usecase::operate::{Erased, OperateError, Whose, erase_customer};
use integration_tests::{World, customer_request};
use testkit::builders::operator;
use testkit::secrets::has;

/// What is personal of a customer, each word of it found nowhere else.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// A word that no other person has.
    core: String,
    number: String,
}

impl Person {
    /// A person of this word, whose number ends so (seven digits).
    pub(super) fn of(core: &str, number: u32) -> Self {
        Self { core: core.to_owned(), number: format!("78{number:07}") }
    }

    pub(super) fn phone(&self) -> PhoneNumber {
        PhoneNumber::from_e164(&format!("+263{}", self.number)).expect("a number")
    }

    /// Where they live, within a degree: six digits of which the last is not left out.
    fn place(&self) -> String {
        let digits: u32 = self.number[3..].parse().expect("digits");
        format!("{:06}", digits | 1)
    }

    /// Their request, everything personal in it.
    pub(super) fn request(&self, id: &str) -> InstallationRequest {
        let text = |part: &str| Some(format!("{part}{}", self.core));
        let mut request = customer_request(id);
        request.address = text("12 Zé \"Street\" ");
        request.suburb = text("Suburb");
        request.notes = text("the gate code is ");
        request.preferred_datetime = text("not before ");
        let place = self.place();
        request.position = Position::new(degrees(&format!("-17.{place}")), degrees(&format!("31.{place}")));
        let customer = &mut request.customer;
        customer.id = text("customer-");
        customer.first_name = text("Zoé");
        customer.last_name = text("O'");
        customer.email = EmailAddress::parse(&format!("{}@example.com", self.core));
        customer.city = text("Town");
        customer.state_province = text("Province");
        customer.postal_code = text("Z");
        customer.phone = self.phone();
        request
    }

    /// Whether anything of them is in a text, however it is written.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let place = self.place();
        let is_there = ["17.", "31."].iter().any(|degrees| text.contains(&format!("{degrees}{place}")));
        is_there || has(text, &self.core) || has(text, &self.number)
    }
}

fn degrees(written: &str) -> f64 {
    written.parse().expect("a number")
}

/// Tendai erases whoever has this number.
pub(super) async fn erase(world: &World, person: &Person) -> Result<Erased, OperateError> {
    let whose = Whose::Number(person.phone().e164().to_owned());
    erase_customer(&world.core, &*world.store, &whose, &operator()).await
}
