//! Pluggable databases: in the backup of the whole, by themselves, and back while the rest is open.

use crate::site::{Production, run_rman};
use ovmirror_lab::{
    context::Oracle,
    db::{
        api::{Command, Instance, PdbMode, Pdbs},
        create::PdbSpec,
    },
};
use std::fs;

fn cdb() -> Production {
    Production::with(Oracle::V19, |spec| {
        let data_dir = spec.data_dir.join("pdb1");
        spec.pdbs = vec![PdbSpec { name: "PDB1".into(), data_dir }];
    })
}

fn pdb1() -> Pdbs {
    Pdbs::Named(vec!["PDB1".into()])
}

#[test]
fn a_pluggable_database_is_backed_up_restored_and_recovered_while_the_root_is_open() {
    let mut production = cdb();
    let open = Command::OpenPdbs { pdbs: pdb1(), mode: PdbMode::default() };
    production.execute(&open);
    production.work(30);
    let tape = production.dir.path().join("tape");
    fs::create_dir(&tape).unwrap();
    let channel = format!(
        "ALLOCATE CHANNEL t1 DEVICE TYPE sbt PARMS='SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR={})';",
        tape.display()
    );
    let rman = |production: &Production, text: &str| {
        let text = format!("CONNECT TARGET /\nRUN {{ {channel} {text} }}\n");
        run_rman(&production.inside(), &production.site(), &text)
    };
    let (output, good) = rman(&production, "BACKUP DATABASE;");
    let files = production.facts().datafiles;
    assert!(
        good && files.iter().all(|f| output.contains(&format!("input datafile file number={:05}", f.file))),
        "{output}"
    );
    let (output, good) = rman(&production, "BACKUP PLUGGABLE DATABASE pdb1; BACKUP TABLESPACE pdb1:users;");
    assert!(good && !output.contains("number=00001"), "{output}");
    let (output, good) = rman(&production, "BACKUP PLUGGABLE DATABASE pdb9;");
    assert!(!good && output.contains("RMAN-06813: could not translate pluggable database PDB9"), "{output}");
    let (output, good) = rman(&production, "RESTORE PLUGGABLE DATABASE pdb1;");
    assert!(!good && output.contains("ORA-19573"), "{output}");
    production.work(30);
    production.execute(&Command::ClosePdbs { pdbs: pdb1(), abort: false });
    let (output, good) = rman(&production, "RESTORE PLUGGABLE DATABASE pdb1; RECOVER PLUGGABLE DATABASE pdb1;");
    assert!(good && output.contains("media recovery complete"), "{output}");
    production.execute(&open);
    production.work(10);
    let mut engine = production.engine.lock().unwrap();
    let (scn, rows) = engine.rows().unwrap();
    let verdict = ovmirror_lab::witness::compare(&rows, &production.log, scn, None).unwrap();
    assert!(verdict.equal, "{:?}", verdict.first_difference);
}
