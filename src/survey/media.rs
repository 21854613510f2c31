//! What the media host says.

use super::{HostFacts, VmFacts};
use serde::{Deserialize, Serialize};

/// Facts of the VM that has the media manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaFacts {
    /// Its name in the configuration.
    pub name: String,
    /// Its Vm.
    pub vm: VmFacts,
    /// Mounts and devices.
    pub host: HostFacts,
    /// Whether `sqlplus` and `rman` are in the home, by name, with what is missing.
    pub missing_programs: Vec<String>,
    /// The release of its home, as far as `sqlplus -V` tells (`19.0.0.0.0`).
    pub release: Option<String>,
}
