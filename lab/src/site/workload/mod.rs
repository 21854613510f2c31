//! `workload start|stop`: a program in the database's VM, started over the supervisor.

pub mod order;

use super::{
    args::WorkloadVerb,
    control,
    error::{During, SiteError},
    paths::Paths,
    plan::{Machine, Site},
};
use crate::witness::applet;
use order::{Answer, Order};
use std::{path::Path, process::ExitCode};

/// `ovmirror-lab workload …`
pub fn run(verb: &WorkloadVerb) -> Result<ExitCode, SiteError> {
    match verb {
        WorkloadVerb::Start { dir, database, rate, seed, hold_writes } => {
            let seed = seed.unwrap_or_else(rand::random);
            start(dir, database, &applet::Order { rate: *rate, hold_writes: *hold_writes, seed })?;
        }
        WorkloadVerb::Stop { dir, database } => stop(dir, database)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts it; comes back when it commits.
pub fn start(dir: &Path, database: &str, order: &applet::Order) -> Result<(), SiteError> {
    let order = serde_json::to_string(order).map_err(std::io::Error::from).during("an order")?;
    tool(dir, database, &["start", &order]).map(drop)
}

/// Ends it.
pub fn stop(dir: &Path, database: &str) -> Result<(), SiteError> {
    tool(dir, database, &["stop"]).map(drop)
}

/// Runs `lab-workload` on a database's VM; gives what it wrote.
pub fn tool(dir: &Path, database: &str, words: &[&str]) -> Result<String, SiteError> {
    let (paths, site) = site(dir)?;
    let machine = machine(&site, database)?;
    let path = format!("/.lab/bin/{}", applet::NAME);
    let home = site.oracle_home().to_string_lossy().into_owned();
    let order = Order::Program {
        vm: machine.name.clone(),
        argv: [path.as_str()].iter().chain(words).map(|word| (*word).to_owned()).collect(),
        env: vec![("ORACLE_SID".into(), machine.sid.clone().unwrap_or_default()), ("ORACLE_HOME".into(), home)],
    };
    match ask(&paths, &order)? {
        Answer::Output { status: 0, stdout, stderr } => {
            eprint!("{stderr}");
            Ok(stdout)
        }
        Answer::Output { stderr, stdout, .. } => {
            Err(SiteError::inside(&machine.name, [stdout, stderr].concat().trim()))
        }
        other => Err(SiteError::inside(&machine.name, format!("{other:?}"))),
    }
}

/// The site of a folder.
pub fn site(dir: &Path) -> Result<(Paths, Site), SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let site = Site::read(&paths)?.ok_or_else(SiteError::no_site)?;
    Ok((paths, site))
}

/// The VM of a database.
pub fn machine<'a>(site: &'a Site, database: &str) -> Result<&'a Machine, SiteError> {
    let is = |machine: &&Machine| machine.sid.as_deref().is_some_and(|sid| sid.eq_ignore_ascii_case(database));
    site.machines.iter().find(is).ok_or_else(|| {
        let there: Vec<_> = site.machines.iter().filter_map(|machine| machine.sid.as_deref()).collect();
        SiteError::refused(format!("there is no database {database}"), format!("there are: {}", there.join(", ")))
    })
}

/// Gives the supervisor an order.
pub fn ask(paths: &Paths, order: &Order) -> Result<Answer, SiteError> {
    let text = serde_json::to_string(order).map_err(std::io::Error::from).during("an order")?;
    let answer = control::runtime()?.block_on(async {
        let mut stream = control::connect(paths).await?;
        control::ask(&mut stream, &text).await.ok()
    });
    let answer =
        answer.ok_or_else(|| SiteError::refused("the site does not run", "`ovmirror-lab up --dir …` starts it"))?;
    match serde_json::from_str(&answer) {
        Ok(Answer::Failed(text)) => Err(SiteError::inside("supervisor", text)),
        Ok(answer) => Ok(answer),
        Err(error) => Err(SiteError::inside("supervisor", format!("`{}`: {error}", answer.trim()))),
    }
}
