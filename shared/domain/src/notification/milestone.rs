//! What is worth a message, and which facts such a message has.

use serde::{Deserialize, Serialize};

/// What is worth a message, in the order in which a customer should hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The design is complete.
    DesignComplete,
    /// The proposal was sent.
    ProposalSent,
    /// The contract is signed.
    ContractSigned,
    /// An installation date is set.
    InstallationScheduled,
    /// The installation is tomorrow.
    InstallationReminder,
}

impl Milestone {
    /// Every milestone, in the order in which a customer should hear it.
    pub const ALL: [Self; 5] = [
        Self::DesignComplete,
        Self::ProposalSent,
        Self::ContractSigned,
        Self::InstallationScheduled,
        Self::InstallationReminder,
    ];

    /// Its name in keys, messages and the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DesignComplete => "design_complete",
            Self::ProposalSent => "proposal_sent",
            Self::ContractSigned => "contract_signed",
            Self::InstallationScheduled => "installation_scheduled",
            Self::InstallationReminder => "installation_reminder",
        }
    }

    /// The milestone of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.as_str() == name)
    }

    /// The milestones that a customer hears of before this one.
    pub fn earlier(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().take_while(move |milestone| *milestone != self)
    }

    /// What its template may be given, in the order that is usual.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::DesignComplete | Self::ContractSigned => &[Parameter::FirstName],
            Self::ProposalSent => &[Parameter::FirstName, Parameter::ProposalLink],
            Self::InstallationScheduled | Self::InstallationReminder => {
                &[Parameter::FirstName, Parameter::InstallationDate]
            }
        }
    }
}

/// A fact that a template has a place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// The customer's given name.
    FirstName,
    /// Where the proposal can be read.
    ProposalLink,
    /// The day of the installation, spelled out.
    InstallationDate,
}

impl Parameter {
    /// Every parameter.
    pub const ALL: [Self; 3] = [Self::FirstName, Self::ProposalLink, Self::InstallationDate];

    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::ProposalLink => "proposal_link",
            Self::InstallationDate => "installation_date",
        }
    }

    /// The parameter of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.as_str() == name)
    }
}
