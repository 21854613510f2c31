//! Law 11: what RMAN said is looked at. Each restored header must show what the control file knows of its piece.

use super::{
    known::Known,
    params::{FromTapeParams, TapedFile, TapedFiles},
    preview,
    stage::TapeStage,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Bind, Row, Rows},
    step::{World, media::instance, preview::told, sql as ask},
    text::sql,
};
use std::{collections::BTreeMap, sync::Arc};

pub struct Verify(pub Arc<FromTapeParams>);

impl Verify {
    /// Why a header is not that of its piece. Whether it is fuzzy is not judged: what a restored header says of that is
    /// not documented.
    fn wrong(row: Row<'_>, taped: &TapedFile) -> Result<Option<String>, Fault> {
        if let Some(error) = row.get("ERROR")? {
            return Ok(Some(format!("it says {error}")));
        }
        let checkpoint = row.scn("CHECKPOINT_CHANGE#")?;
        if checkpoint != taped.checkpoint {
            return Ok(Some(format!("its checkpoint is {checkpoint}, that of its piece {}", taped.checkpoint)));
        }
        let resetlogs = row.scn("RESETLOGS_CHANGE#")?;
        if resetlogs != taped.resetlogs {
            return Ok(Some(format!("its incarnation began at {resetlogs}, that of its piece at {}", taped.resetlogs)));
        }
        let bytes = row.number("BYTES")?;
        Ok((bytes != taped.bytes).then(|| format!("it has {bytes} bytes, its piece {}", taped.bytes)))
    }

    /// The control file is told where the files are, so that V$DATAFILE_HEADER shows them. RENAME FILE refuses a name under
    /// which there is no file (Error Messages, ORA-01141).
    fn rename(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let (clone, release) = (&self.0.tape.clone, self.0.tape.clone.release()?);
        let rows = ask::ask(cx.world, &clone.target(), &[sql::FILES_DATA.at(release, &[])?])?;
        let places: BTreeMap<u64, String> = self.0.files().into_iter().map(|(n, file)| (n, file.from)).collect();
        let mut batch = Vec::new();
        for row in rows.iter().flat_map(Rows::iter) {
            let (number, old) = (row.number("FILE#")?, row.text("NAME")?);
            if let Some(new) = places.get(&number).filter(|new| *new != old) {
                let names = [("old", Bind::Text(old.to_owned())), ("new", Bind::Text(new.clone()))];
                batch.push(sql::CHANGE_RENAME_FILE.at(release, &names)?);
            }
        }
        match batch.is_empty() {
            true => Ok(()),
            false => ask::ask(cx.world, &clone.target(), &batch).map(drop),
        }
    }

    fn judge(&self, headers: &Rows, taped: &TapedFiles) -> Result<(), Fault> {
        let mut places: BTreeMap<u64, String> =
            self.0.files().into_iter().map(|(number, file)| (number, file.from)).collect();
        for row in headers.iter() {
            let number = row.number("FILE#")?;
            let Some(place) = places.remove(&number) else { continue };
            if row.get("NAME")? != Some(place.as_str()) {
                return Err(self.fault(number, format!("the control file does not name {place}")));
            }
            let taped = taped.get(&number).ok_or_else(|| self.fault(number, "it is in no piece".to_owned()))?;
            if let Some(why) = Self::wrong(row, taped)? {
                return Err(self.fault(number, why));
            }
        }
        match places.into_iter().next() {
            None => Ok(()),
            Some((number, _)) => Err(self.fault(number, "V$DATAFILE_HEADER does not show it".to_owned())),
        }
    }

    fn fault(&self, number: u64, why: String) -> Fault {
        Fault::new(Kind::External, "TAP-010", format!("datafile {number} is not restored as it was taped: {why}"))
            .hint("look at RMAN's log in the run's artifacts")
            .on(&self.0.tape.clone.media.host)
    }
}

impl Step<World> for Verify {
    const KIND: &'static str = "verify_restored";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "compare every restored header with its piece".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let rename = |(number, file): (u64, crate::text::sh::Restored)| {
            let names = [("old", Bind::Text(format!("/DATAFILE-{number}"))), ("new", Bind::Text(file.from))];
            sql::CHANGE_RENAME_FILE.at(self.0.tape.clone.release()?, &names).map(|statement| statement.text)
        };
        let renames = self.0.files().into_iter().map(rename).collect::<Result<Vec<_>, _>>();
        let headers = preview::statements(&self.0.tape, &[sql::FILES_HEADERS]);
        told(renames.and_then(|renames| Ok([renames, headers?].concat())))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let clone = &self.0.tape.clone;
        self.rename(cx)?;
        instance::law_six(cx.world, clone, &cx.out::<TapeStage>()?.staged.folder)?;
        let headers = ask::ask(cx.world, &clone.target(), &[sql::FILES_HEADERS.at(clone.release()?, &[])?])?;
        let none = Rows::default();
        self.judge(headers.first().unwrap_or(&none), &cx.out::<Known>()?.files).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scn;
    use rstest::rstest;

    #[rstest]
    #[case::as_taped([None, Some("1001"), Some("1"), Some("8388608")], None)]
    #[case::not_read([Some("CANNOT READ HEADER"), Some("0"), Some("0"), Some("0")], Some("CANNOT READ HEADER"))]
    #[case::another_checkpoint([None, Some("1002"), Some("1"), Some("8388608")], Some("checkpoint is 1002"))]
    #[case::another_incarnation([None, Some("1001"), Some("9"), Some("8388608")], Some("began at 9"))]
    #[case::cut([None, Some("1001"), Some("1"), Some("8192")], Some("8192 bytes"))]
    fn a_header_is_that_of_its_piece(#[case] values: [Option<&str>; 4], #[case] why: Option<&str>) {
        let columns = ["ERROR", "CHECKPOINT_CHANGE#", "RESETLOGS_CHANGE#", "BYTES"].map(str::to_owned).to_vec();
        let rows = Rows { columns, rows: vec![values.map(|value| value.map(str::to_owned)).to_vec()] };
        let taped = TapedFile { checkpoint: Scn::new(1001), resetlogs: Scn::new(1), bytes: 8_388_608 };
        let said = Verify::wrong(rows.one().unwrap(), &taped).unwrap();
        assert_eq!(said.is_some(), why.is_some(), "{said:?}");
        assert!(why.is_none_or(|why| said.unwrap().contains(why)));
    }
}
