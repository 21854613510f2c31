//! Every block of every datafile is read and checked, physically and logically: RMAN's VALIDATE, NOCATALOG.

use super::{recover::RecoverCopy, rejected};
use crate::{
    catalog::CatalogChange,
    driver::rman::{RmanError, RmanLog, State},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::Rows,
    step::{
        World,
        media::{accept::Accept, rman_job::RmanJob},
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::{self, report::FileBlocks, rman, sql, sqlplus::role_word},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ValidateBlocks(pub Arc<CloneParams>);

/// What was read and found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Validated {
    /// The datafiles.
    pub files: Vec<FileBlocks>,
    /// Bad blocks.
    pub corruption: Vec<String>,
    /// Why the blocks are not proved good.
    pub failed: Option<String>,
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

const JOB: &str = "blocks";

impl ValidateBlocks {
    fn numbers(&self) -> Vec<u32> {
        self.0.wanted_files().filter_map(|file| u32::try_from(file.number).ok()).collect()
    }

    fn text(&self) -> Result<String, Fault> {
        let channels: Vec<String> = (1..=self.0.media.channels.max(1)).map(|n| format!("d{n}")).collect();
        let role = role_word(self.0.site.role());
        text::render(&rman::ValidateBlocks { role, channels: &channels, datafiles: &self.numbers() })
    }

    fn wait(&self, cx: &Cx<'_, World>, job: &RmanJob<'_, '_>) -> Result<Validated, Fault> {
        match job.wait(&mut || 0) {
            Ok(log) => self.judge(cx, &log),
            // The session was there and RMAN says no: that is what the drill found.
            Err(RmanError::Stack { cause, .. }) => Ok(Validated { failed: Some(cause), ..Validated::default() }),
            Err(error) => Err(job.fault(&error)),
        }
    }

    fn judge(&self, cx: &Cx<'_, World>, log: &RmanLog) -> Result<Validated, Fault> {
        let statement = sql::RMAN_CORRUPTION.at(self.0.release()?, &[])?;
        let rows = ask::ask(cx.world, &self.0.target(), &[statement])?;
        let bad = bad_blocks(&rows)?;
        let files = self.files(log);
        let corruption: Vec<String> =
            bad.iter().map(|(text, _)| text.clone()).chain(log.damage.iter().cloned()).collect();
        let failed = match corruption.first() {
            Some(first) => Some(format!("blocks are damaged: {first}")),
            None => self.unread(&files, &cx.out::<Accept>()?.bytes)?,
        };
        let whole = cx.all::<RecoverCopy>()?.iter().any(|(_, recovered)| recovered.through.is_some());
        // Blocks that were changed without redo are what production chose, not what the copy lost.
        let lost = !log.damage.is_empty() || bad.iter().any(|(_, kind)| kind != "NOLOGGING");
        let catalog = if whole && lost && !corruption.is_empty() { vec![self.0.rejected()] } else { Vec::new() };
        Ok(Validated { files, corruption, failed, catalog })
    }

    fn files(&self, log: &RmanLog) -> Vec<FileBlocks> {
        let name = |file: u64| self.0.surveyed.datafiles.iter().find(|known| known.number == file);
        let row = |row: &crate::driver::rman::ValidatedFile| FileBlocks {
            file: row.file,
            name: name(row.file).map_or_else(String::new, |known| known.name.clone()),
            blocks: row.blocks,
            good: row.good,
        };
        log.validated_files.iter().map(row).collect()
    }

    /// Law 11: no complaint is no evidence. Each file was read, and at least as far as its header says.
    fn unread(
        &self,
        files: &[FileBlocks],
        bytes: &std::collections::BTreeMap<u64, u64>,
    ) -> Result<Option<String>, Fault> {
        let block = u64::from(self.0.block_size()?);
        for wanted in self.0.wanted_files() {
            let has = bytes.get(&wanted.number).copied().unwrap_or(wanted.bytes) / block;
            match files.iter().find(|file| file.file == wanted.number) {
                None => return Ok(Some(format!("RMAN does not show datafile {} as validated", wanted.number))),
                Some(file) if file.blocks < has => {
                    let (read, number) = (file.blocks, wanted.number);
                    return Ok(Some(format!("RMAN read {read} of the {has} blocks of datafile {number}")));
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }
}

/// V$DATABASE_BLOCK_CORRUPTION, each row with its CORRUPTION_TYPE.
fn bad_blocks(rows: &[Rows]) -> Result<Vec<(String, String)>, Fault> {
    let mut bad = Vec::new();
    for row in rows.iter().flat_map(Rows::iter) {
        let (file, block, blocks) = (row.number("FILE#")?, row.number("BLOCK#")?, row.number("BLOCKS")?);
        let kind = row.get("CORRUPTION_TYPE")?.unwrap_or("UNKNOWN").to_owned();
        bad.push((format!("datafile {file}, {blocks} from block {block} on: {kind}"), kind));
    }
    Ok(bad)
}

impl Step<World> for ValidateBlocks {
    const KIND: &'static str = "validate_blocks";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Validated;

    fn describe(&self) -> String {
        format!("read and check every block of {} datafiles", self.numbers().len())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(self.text().map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Validated>, Fault> {
        if rejected(cx)?.is_some() {
            return Ok(Ran::Skipped(Validated::default(), "the snapshot is rejected".to_owned()));
        }
        let job = RmanJob::new(cx, &self.0, JOB);
        job.start(&self.text()?)?;
        let out = self.wait(cx, &job)?;
        Ok(match out.failed.clone() {
            Some(why) => Ran::Warned(out, why),
            None => Ran::Done(out),
        })
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Validated>, Fault> {
        let job = RmanJob::new(cx, &self.0, JOB);
        Ok(match job.driver().poll(JOB, 0).map_err(|error| job.fault(&error))?.state {
            State::Absent => Probe::Absent,
            State::Running | State::Ended(_) => Probe::Present(self.wait(cx, &job)?),
            State::Gone => Probe::Unknown("RMAN is gone and left no status: was the media host restarted?".to_owned()),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Validated>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.0, JOB).stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{driver::rman::parse, step::params::testing::offload};
    use rstest::rstest;
    use std::collections::BTreeMap;

    const HEAD: &str = "File Status Marked Corrupt Empty Blocks Blocks Examined High SCN";

    /// Datafile 1 has 1,024 blocks.
    #[rstest]
    #[case::all("1    OK     0              0            1024            77", None)]
    #[case::with_the_file_header("1    OK     0              0            1025            77", None)]
    #[case::not_all("1    OK     0              0            1000            77", Some("1000 of the 1024 blocks"))]
    #[case::another("2    OK     0              0            1024            77", Some("does not show datafile 1"))]
    fn silence_is_no_evidence(#[case] row: &str, #[case] why: Option<&str>) {
        let step = ValidateBlocks(Arc::new(offload()));
        let files = step.files(&parse(&format!("{HEAD}\n---- ---\n{row}\n")));
        let said = step.unread(&files, &BTreeMap::from([(1, 8_388_608)])).unwrap();
        assert_eq!(said.is_some(), why.is_some(), "{said:?}");
        assert!(why.is_none_or(|why| said.unwrap().contains(why)));
    }
}
