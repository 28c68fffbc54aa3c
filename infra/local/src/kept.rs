//! What belongs to the kept data of a stack and has to stay with it.

use std::fs;
use std::io::Read;
use std::path::Path;

use domain::configuration::ApiContract;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::contract;
use crate::error::LocalError;
use crate::workspace::StackDir;

/// Written when a stack was deployed for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Queue addresses in the data name it; on another port, queues wake nobody.
    pub(crate) port: u16,
    /// Names the identifiers of the projects in OpenSolar.
    pub(crate) namespace: Uuid,
    /// What the ids and facts of the records were told in.
    #[serde(default = "live")]
    pub(crate) contract: ApiContract,
}

/// What data that does not say it was made in.
fn live() -> ApiContract {
    ApiContract::Live
}

impl Kept {
    /// For a stack that has no data yet.
    pub(crate) fn new(port: u16, contract: ApiContract) -> Result<Self, LocalError> {
        Ok(Self { port, namespace: random_id()?, contract })
    }

    /// What was kept. Data that no deployment succeeded for is thrown away: nothing could be deployed over it.
    pub(crate) fn of(stack: &StackDir) -> Result<Option<Self>, LocalError> {
        let file = stack.kept_file();
        if let Ok(text) = fs::read_to_string(&file)
            && let Ok(kept) = serde_json::from_str(&text)
        {
            return Ok(Some(kept));
        }
        Self::forget(stack).map(|()| None)
    }

    /// Throws away the data of a stack.
    pub(crate) fn forget(stack: &StackDir) -> Result<(), LocalError> {
        if stack.kept_file().exists() {
            fs::remove_file(stack.kept_file()).map_err(LocalError::file("remove", &stack.kept_file()))?;
        }
        for folder in [stack.aws(), stack.fakes()].into_iter().filter(|folder| folder.exists()) {
            fs::remove_dir_all(&folder).map_err(LocalError::file("remove", &folder))?;
        }
        Ok(())
    }

    /// Records of one contract name nothing that a server of the other has.
    pub(crate) fn speaks(&self, contract: ApiContract) -> Result<(), LocalError> {
        match self.contract == contract {
            true => Ok(()),
            false => Err(LocalError::ContractMoved { kept: contract::name(self.contract) }),
        }
    }

    /// From now on the data is kept.
    pub(crate) fn write(&self, stack: &StackDir) -> Result<(), LocalError> {
        let text = serde_json::to_string_pretty(self).map_err(LocalError::call("writing what is kept"))?;
        fs::write(stack.kept_file(), text + "\n").map_err(LocalError::file("write", &stack.kept_file()))
    }
}

/// 122 random bits, as a UUID.
pub(crate) fn random_id() -> Result<Uuid, LocalError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    let read = fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(LocalError::file("read", source))?;
    Ok(Builder::from_random_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_belongs_to_its_contract_and_earlier_data_to_live() {
        let earlier: Kept =
            serde_json::from_str(r#"{"port": 4566, "namespace": "6f0f4f0e-0000-5000-8000-000000000001"}"#)
                .expect("data from before");
        assert!(earlier.speaks(ApiContract::Live).is_ok());
        let refused = earlier.speaks(ApiContract::Design).expect_err("another contract");
        assert!(refused.to_string().contains("give --contract live, or --fresh"), "{refused}");
    }
}
