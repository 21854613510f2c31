//! Online redo logs and temporary files get names in the run's own folder: OPEN RESETLOGS creates the first, any OPEN
//! may create the second, and under their own names they would be production's (law 6).

use super::{opened, params::kind, rejected};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Bind, Rows, Statement},
    step::{
        World,
        media::{instance, stage::Stage},
        params::CloneParams,
        preview::told,
        shell, sql as ask,
    },
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct RedirectFiles(pub Arc<CloneParams>);

/// The new names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Redirected {
    /// Of online logs and temporary files.
    pub names: Vec<String>,
}

impl RedirectFiles {
    fn redirect(&self, cx: &Cx<'_, World>) -> Result<Redirected, Fault> {
        let (p, folder) = (&self.0, cx.out::<Stage>()?.folder);
        let online = online(&folder);
        shell::words(cx.world, &p.media.host, &["mkdir", "-p", "-m", "700", &online])?;
        let release = p.release()?;
        let queries = [sql::FILES_REDO.at(release, &[])?, sql::FILES_TEMP.at(release, &[])?];
        let rows = ask::ask(cx.world, &p.target(), &queries)?;
        let (statements, names) = renames(p, &online, &rows)?;
        if !statements.is_empty() {
            ask::ask(cx.world, &p.target(), &statements)?;
        }
        instance::law_six(cx.world, p, &folder)?;
        Ok(Redirected { names })
    }
}

/// Where they go.
#[must_use]
pub fn online(folder: &str) -> String {
    format!("{folder}/online")
}

/// One RENAME FILE for each name that is not there already. Files of one name in two folders are told apart by a
/// number.
fn renames(p: &CloneParams, online: &str, rows: &[Rows]) -> Result<(Vec<Statement>, Vec<String>), Fault> {
    let (mut statements, mut names) = (Vec::new(), Vec::new());
    for (rows, (column, word)) in rows.iter().zip([("MEMBER", "log"), ("NAME", "temp")]) {
        for (at, row) in rows.iter().enumerate() {
            let old = row.text(column)?;
            let base = old.rsplit('/').next().unwrap_or(old);
            let new = if old.starts_with(online) { old.to_owned() } else { format!("{online}/{word}{at}_{base}") };
            if new != old {
                statements.push(rename(p, old, &new)?);
            }
            names.push(new);
        }
    }
    Ok((statements, names))
}

/// ALTER DATABASE RENAME FILE.
pub fn rename(p: &CloneParams, old: &str, new: &str) -> Result<Statement, Fault> {
    let names = [("old", Bind::Text(old.to_owned())), ("new", Bind::Text(new.to_owned()))];
    sql::CHANGE_RENAME_FILE.at(p.release()?, &names)
}

impl Step<World> for RedirectFiles {
    const KIND: &'static str = "redirect_files";
    const UNDO: UndoPolicy =
        UndoPolicy::Nothing { because: "only the private control file is changed, and it is deleted" };
    type Out = Redirected;

    fn key(&self) -> Option<String> {
        Some(kind(&self.0))
    }

    fn describe(&self) -> String {
        "give online logs and temporary files names in the run's own folder".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::redirect(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Redirected>, Fault> {
        if rejected(cx)?.is_some() {
            return Ok(Ran::Skipped(Redirected::default(), "the snapshot is rejected".to_owned()));
        }
        if opened(cx)?.is_some() {
            return Ok(Ran::Skipped(Redirected::default(), "the copy is open".to_owned()));
        }
        self.redirect(cx).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Redirected>, Fault> {
        // Names that are changed already are left.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Redirected>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;

    #[test]
    fn files_of_one_name_are_told_apart_and_done_ones_are_left() {
        let rows = |column: &str, names: &[&str]| Rows {
            columns: vec![column.to_owned()],
            rows: names.iter().map(|name| vec![Some((*name).to_owned())]).collect(),
        };
        let rows =
            [rows("MEMBER", &["/u03/a.log", "/u04/a.log", "/f/online/log2_b.log"]), rows("NAME", &["/u02/t.dbf"])];
        let (statements, names) = renames(&offload(), "/f/online", &rows).unwrap();
        let wanted = ["/f/online/log0_a.log", "/f/online/log1_a.log", "/f/online/log2_b.log", "/f/online/temp0_t.dbf"];
        assert_eq!(names, wanted);
        assert_eq!(statements.len(), 3);
        assert!(statements[1].text.ends_with("'/u04/a.log' TO '/f/online/log1_a.log'"), "{}", statements[1].text);
    }
}
