//! The processes that ask OpenSolar. Lambda keeps several warm, and each remembers what it wrote of the limits last.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::governor::Class;
use domain::ports::OpenSolar;
use domain::usecase::Core;
use domain::usecase::governed::Governed;
use testkit::memory::FixedCredential;

use super::Governor;

/// Two, that take turns: whatever one remembers the other has changed meanwhile.
pub(super) enum Processes {
    Ungoverned(Arc<dyn OpenSolar>),
    Governed { processes: [Governed; 2], next: AtomicUsize },
}

impl Processes {
    pub(super) fn new(governor: Governor, opensolar: Arc<dyn OpenSolar>, core: &Core) -> Self {
        match governor {
            Governor::Absent => Self::Ungoverned(opensolar),
            Governor::Stands => {
                let token = Arc::new(FixedCredential::new("an invented token"));
                let process = |_| {
                    let (store, ambient) = (core.store.clone(), core.ambient.clone());
                    Governed::new(opensolar.clone(), store, ambient, token.clone(), Class::Update)
                };
                Self::Governed { processes: [(); 2].map(process), next: AtomicUsize::new(0) }
            }
        }
    }

    /// OpenSolar, as the next process asks it.
    pub(super) fn opensolar(&self, reads_as: Class) -> Arc<dyn OpenSolar> {
        match self {
            Self::Ungoverned(opensolar) => opensolar.clone(),
            Self::Governed { processes, next } => {
                let process = &processes[next.fetch_add(1, Ordering::Relaxed) % processes.len()];
                Arc::new(process.reading_as(reads_as))
            }
        }
    }
}
