//! What a machine of the site is made of, in every mode alike.

use super::{
    error::{During, SiteError},
    keys,
    paths::Paths,
    plan::{Machine, Site},
};
use crate::{
    context::HostContext,
    host::spec::{HostSpec, Role},
    manager::ident::dashed,
};

/// Without disks, at the port that was wished.
pub fn of(paths: &Paths, site: &Site, machine: &Machine, authorized: &str) -> Result<HostSpec, SiteError> {
    Ok(HostSpec {
        context: HostContext {
            name: machine.name.clone(),
            mode: site.mode,
            oracle: site.oracle,
            quirks: site.quirks.clone(),
            faults: "/.lab/site/faults.json".into(),
            private: "/.lab/private".into(),
        },
        role: machine.role,
        uuid: (machine.role != Role::Server).then(|| dashed(&machine.id)),
        oracle_home: site.oracle_home(),
        sids: machine.sid.iter().cloned().collect(),
        fstab: machine.fstab(site.fstab),
        old_guest: site.old_guest && machine.role != Role::Server,
        rtt_ms: site.rtt_ms,
        port: machine.port,
        folder: paths.host(&machine.name),
        shared: paths.shared(),
        tape: paths.tape(),
        repositories: paths.repositories(),
        repository_ids: site.repositories.iter().map(|r| r.id.clone()).collect(),
        executable: std::env::current_exe().during("finding this program")?,
        keys: keys::host(paths, &machine.name)?,
        authorized: authorized.to_owned(),
        password: None,
        disks: Vec::new(),
    })
}
