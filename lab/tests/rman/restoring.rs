//! Out of pieces: files, control file, logs.

use crate::site::Production;
use ovmirror_lab::{
    context::Oracle,
    db::api::{Command, ControlType},
    rman::target::Target,
};

#[test]
fn restore_and_recover_by_rman() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, true, &["rman-fractured-block=counts"]);
    mirror.offload("SM_1");
    let (data, logs) = (mirror.path("data"), mirror.path("logs"));
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::remove_dir_all(&logs).unwrap();
    let until = mirror.end + 1;
    let (output, good) =
        mirror.rman(&format!("RUN {{ $T SET UNTIL SCN {until}; RESTORE DATABASE; RECOVER DATABASE; }}\n"));
    assert!(good, "{output}");
    assert!(
        output.contains("channel t1: restoring datafile 00001 to ") && output.contains("archived log file name="),
        "{output}"
    );
    assert!(output.contains("media recovery complete, elapsed time: "));
    mirror.inside.execute(&Command::Open { resetlogs: true, read_only: false }).unwrap();
}

#[test]
fn from_the_tape_alone_onto_fresh_disks() {
    let mut production = Production::new(Oracle::V19);
    let mirror = production.split(ControlType::Backup, true, &["rman-fractured-block=counts"]);
    mirror.offload("SM_1");
    let (handle, dbid) = (format!("ovm_{}_run_cf_1", mirror.facts().dbid), mirror.facts().dbid);
    let tape = mirror.tape.clone();
    let fresh = mirror.started_anew();
    ["data", "logs"].iter().for_each(|name| std::fs::remove_dir_all(mirror.path(name)).unwrap());
    let control = mirror.path("fresh/control.ctl");
    let (output, good) = fresh.rman(&format!(
        "SET DBID {dbid};\nRUN {{ $T RESTORE CONTROLFILE TO '{}' FROM '{handle}'; }}\n",
        control.display()
    ));
    assert!(good, "{output}");
    assert!(output.contains(&format!("output file name={}", control.display())), "{output}");
    fresh.inside.execute(&Command::Mount).unwrap();
    assert_eq!(fresh.facts().control_type, ControlType::Backup);
    let new = mirror.path("fresh/data");
    let names = fresh.facts().datafiles.into_iter().map(|f| {
        let to = new.join(format!("{:05}.dbf", f.file));
        (f.name, to.clone(), format!("SET NEWNAME FOR DATAFILE {} TO '{}'; ", f.file, to.display()))
    });
    let names: Vec<_> = names.collect();
    let set: String = names.iter().map(|(_, _, set)| set.as_str()).collect();
    let logs = new.display();
    let (output, good) = fresh.rman(&format!(
        "RUN {{ $T {set} SET ARCHIVELOG DESTINATION TO '{logs}'; RESTORE DATABASE FROM TAG 'sm_1'; RESTORE ARCHIVELOG ALL; }}\n"
    ));
    assert!(good, "{output}");
    for (from, to, _) in names {
        assert!(to.is_file(), "{output}");
        fresh.inside.execute(&Command::RenameFile { from, to }).unwrap();
    }
    let (output, good) = fresh.rman(&format!("RUN {{ $T RECOVER DATABASE UNTIL SCN {}; }}\n", mirror.end + 1));
    assert!(good, "{output}");
    fresh.inside.execute(&Command::Open { resetlogs: true, read_only: false }).unwrap();
    assert!(tape.is_dir());
}

/// Two sets of one second hold the same logs: the tag decides, not which was written last.
#[test]
fn logs_come_from_the_set_with_the_tag() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, true, &[]);
    let known = mirror.rman(&format!("CATALOG START WITH '{}/' NOPROMPT;\n", mirror.path("logs").display()));
    assert!(known.1, "{}", known.0);
    for tag in ["ONE", "TWO"] {
        let (output, good) = mirror.rman(&format!("RUN {{ $T BACKUP TAG '{tag}' ARCHIVELOG ALL; }}\n"));
        assert!(good, "{output}");
    }
    for tag in ["ONE", "TWO"] {
        let folder = mirror.path(tag);
        std::fs::create_dir(&folder).unwrap();
        let to = folder.display();
        let text =
            format!("RUN {{ $T SET ARCHIVELOG DESTINATION TO '{to}'; RESTORE ARCHIVELOG ALL FROM TAG '{tag}'; }}\n");
        let (output, good) = mirror.rman(&text);
        assert!(good && std::fs::read_dir(&folder).unwrap().next().is_some(), "{tag}: {output}");
    }
    let (output, good) = mirror.rman("RUN { $T RESTORE ARCHIVELOG ALL FROM TAG 'THREE'; }\n");
    assert!(!good && output.contains("RMAN-06026: ") && output.contains("RMAN-06025: "), "{output}");
}
