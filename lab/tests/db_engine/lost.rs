//! All control files are lost: an old one takes their place.

use crate::{site::*, snapshot::*};
use ovmirror_lab::db::{
    api::{Command, Done, Instance, LogGroup, Recover, RecoverScope, Until},
    engine::Engine,
};
use std::{fs, path::Path};

fn start() -> Recover {
    Recover::Start {
        scope: RecoverScope::Database,
        until: Until::Cancel,
        backup_controlfile: true,
        automatic: false,
        from: None,
    }
}

/// Recovers until cancel with whatever is suggested, then the online log; where the file comes up unnamed it gets its name.
/// Gives whether it did.
fn recover_with(engine: &mut Engine, logs: &[LogGroup], added: &Path) -> bool {
    let (mut answer, mut renamed) = (start(), false);
    // Each answer moves on by a log, or names the file: more are not needed.
    for _ in 0..20 {
        answer = match engine.execute(&Command::Recover(answer)) {
            Ok(Done::NeedsLog { suggestion, .. }) if suggestion.is_file() => Recover::Apply { file: None, auto: false },
            Ok(Done::NeedsLog { sequence, .. }) => {
                let group = logs.iter().find(|group| group.sequence == sequence).unwrap();
                Recover::Apply { file: Some(group.members[0].clone()), auto: false }
            }
            Ok(_) => break,
            Err(error) => {
                assert_eq!((codes(&error)[..3].to_vec(), renamed), (vec![283, 1244, 1110], false));
                let unnamed = database(engine).datafiles.pop().unwrap().name;
                assert!(unnamed.ends_with("UNNAMED00008"), "{}", unnamed.display());
                run(engine, Command::RenameFile { from: unnamed, to: added.to_owned() });
                renamed = true;
                start()
            }
        };
    }
    renamed
}

#[test]
fn a_file_added_after_the_control_file_is_renamed_to_the_one_that_is_there() {
    for checkpoint in [false, true] {
        let mut site = Site::new(110);
        if checkpoint {
            site.quirks.set("recovery-with-older-controlfile=from-controlfile").unwrap();
        }
        let mut engine = site.open();
        let control = site.path("cf.bin");
        run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
        let added = site.spec.data_dir.join("new01.dbf");
        run(&mut engine, Command::CreateTablespace { name: "NEW".into(), file: Some(added.clone()), bytes: 256 << 10 });
        let key = site.spec.rows + 3;
        site.commit_rows(&mut engine, vec![(key, "in the new file".into())]);
        run(&mut engine, if checkpoint { Command::Checkpoint } else { Command::ArchiveLogCurrent });
        site.work(&mut engine, 30);
        let logs = database(&mut engine).logs;
        abort(engine);
        site.spec.control_files.iter().for_each(|path| fs::copy(&control, path).map(drop).unwrap());
        let mut engine = site.mounted();
        assert_eq!(codes(&open(&mut engine).unwrap_err()), [1589]);
        assert_eq!(codes(&recover(&mut engine, Until::Complete, false).unwrap_err()), [283, 1610]);
        assert!(recover_with(&mut engine, &logs, &added), "it came up unnamed");
        open_resetlogs(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.all());
    }
}

#[test]
fn a_file_that_recovery_does_not_meet_is_missing_after_resetlogs() {
    let mut site = Site::new(112);
    let mut engine = site.open();
    let control = site.path("cf.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    let added = site.spec.data_dir.join("new01.dbf");
    run(&mut engine, Command::CreateTablespace { name: "NEW".into(), file: Some(added.clone()), bytes: 256 << 10 });
    run(&mut engine, Command::Checkpoint);
    site.work(&mut engine, 30);
    let logs = database(&mut engine).logs;
    abort(engine);
    site.spec.control_files.iter().for_each(|path| fs::copy(&control, path).map(drop).unwrap());
    let mut engine = site.mounted();
    assert!(!recover_with(&mut engine, &logs, &added), "every file is younger than the making of the new one");
    open_resetlogs(&mut engine).unwrap();
    let missing = database(&mut engine).datafiles.pop().unwrap();
    assert!(missing.name.ends_with("home/dbs/MISSING00008"), "{}", missing.name.display());
    assert_eq!((missing.tablespace.as_str(), missing.status.as_str()), ("NEW", "RECOVER"));
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn a_control_file_of_an_earlier_incarnation_leads_back_into_it() {
    let mut site = Site::new(111);
    let mut engine = site.open();
    let early = snapshot(&mut site, &mut engine, "early");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    site.work(&mut engine, 20);
    let later = current_scn(&mut engine) + 1;
    site.work(&mut engine, 5);
    shutdown(engine);
    put_back(&early.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(later), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    (0..20).for_each(|_| drop(engine.execute(&Command::Commit(vec![])).unwrap()));
    run(&mut engine, Command::ArchiveLogCurrent);
    shutdown(engine);
    // The snapshot's own control file knows nothing of the second incarnation.
    put_back(&early.pairs);
    site.spec.control_files.iter().for_each(|path| fs::copy(&early.control, path).map(drop).unwrap());
    let mut engine = site.mounted();
    assert_eq!(database(&mut engine).incarnations.len(), 1);
    recover(&mut engine, Until::Change(target), true).unwrap();
    open_resetlogs(&mut engine).unwrap();
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    site.work(&mut engine, 20);
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}
