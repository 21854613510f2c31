//! What the database says, in one round trip.

use super::guest;
use crate::{
    fault::{Fault, Kind},
    port::{Rows, SqlTarget},
    step::{World, sql as ask},
    survey::{DataFile, DbFacts, DbFile, FileKind, Identity, Parameters},
    text::{Release, sh::OracleEnv, sql},
};

/// The answers, in the order of `batch`.
struct Answers<'a> {
    identity: &'a Rows,
    instance: &'a Rows,
    threads: &'a Rows,
    data: &'a Rows,
    temp: &'a Rows,
    control: &'a Rows,
    redo: &'a Rows,
    archive: &'a Rows,
    flashback: &'a Rows,
    recovery: &'a Rows,
    tracking: &'a Rows,
    parameters: &'a Rows,
    pdbs: &'a Rows,
    active: &'a Rows,
    rman: &'a Rows,
}

const QUERIES: [sql::SqlId; 15] = [
    sql::DATABASE_IDENTITY,
    sql::INSTANCE_STATE,
    sql::DATABASE_THREADS,
    sql::FILES_DATA,
    sql::FILES_TEMP,
    sql::FILES_CONTROL,
    sql::FILES_REDO,
    sql::FILES_ARCHIVE_DESTS,
    sql::FILES_FLASHBACK,
    sql::FILES_RECOVERY_DEST,
    sql::FILES_CHANGE_TRACKING,
    sql::DATABASE_PARAMETERS,
    sql::DATABASE_PDBS,
    sql::BACKUP_ACTIVE,
    sql::RMAN_SESSIONS,
];

/// What an ORACLE_HOME on the database's host has.
pub fn home(world: &World, target: &SqlTarget) -> Result<guest::Home, Fault> {
    let env = OracleEnv { home: target.oracle_home.clone(), sid: target.sid.clone(), tz: target.tz.clone() };
    guest::home(world, &target.host, &env)
}

/// Asks everything.
pub fn database(world: &World, target: &SqlTarget, release: Release) -> Result<DbFacts, Fault> {
    let batch = QUERIES.iter().map(|id| id.at(release, &[])).collect::<Result<Vec<_>, _>>()?;
    let rows = ask::ask(world, target, &batch)?;
    let [
        identity,
        instance,
        threads,
        data,
        temp,
        control,
        redo,
        archive,
        flashback,
        recovery,
        tracking,
        parameters,
        pdbs,
        active,
        rman,
    ] = rows.as_slice()
    else {
        return Err(Fault::new(Kind::Bug, "SRV-001", "the survey's answers are not complete"));
    };
    let answers = Answers {
        identity,
        instance,
        threads,
        data,
        temp,
        control,
        redo,
        archive,
        flashback,
        recovery,
        tracking,
        parameters,
        pdbs,
        active,
        rman,
    };
    let mut facts = read(&answers, &target.oracle_home)?;
    resolve(world, target, &mut facts)?;
    Ok(facts)
}

/// Links are followed where the files lie, so that a link to another disk is seen.
fn resolve(world: &World, target: &SqlTarget, facts: &mut DbFacts) -> Result<(), Fault> {
    let on_disk = |file: &&mut DbFile| file.path.starts_with('/');
    let paths: Vec<String> = facts.files.iter().filter(|f| f.path.starts_with('/')).map(|f| f.path.clone()).collect();
    let real = guest::real_paths(world, &target.host, &paths)?;
    for (file, path) in facts.files.iter_mut().filter(on_disk).zip(real) {
        file.path = path;
    }
    Ok(())
}

fn read(answers: &Answers<'_>, home: &str) -> Result<DbFacts, Fault> {
    let parameters = parameters(answers.parameters)?;
    Ok(DbFacts {
        identity: identity(answers)?,
        datafiles: datafiles(answers.data)?,
        files: files(answers, &parameters, home)?,
        active: answers
            .active
            .iter()
            .map(|r| Ok((r.number("FILE#")?, r.text("NAME")?.to_owned())))
            .collect::<Result<_, Fault>>()?,
        rman_sessions: answers.rman.rows.len() as u64,
        parameters,
        closed_containers: closed_containers(answers.pdbs)?,
    })
}

fn identity(answers: &Answers<'_>) -> Result<Identity, Fault> {
    let (id, instance) = (answers.identity.one()?, answers.instance.one()?);
    let text = |column: &str| id.text(column).map(str::to_owned);
    let enabled = answers.threads.iter().map(|row| Ok(u64::from(row.text("ENABLED")? != "DISABLED")));
    Ok(Identity {
        dbid: id.number("DBID")?,
        name: text("NAME")?,
        db_unique_name: text("DB_UNIQUE_NAME")?,
        log_mode: text("LOG_MODE")?,
        open_mode: text("OPEN_MODE")?,
        role: text("DATABASE_ROLE")?,
        controlfile_type: text("CONTROLFILE_TYPE")?,
        resetlogs_change: id.scn("RESETLOGS_CHANGE#")?,
        resetlogs_time: text("RESETLOGS_TIME")?,
        current_scn: id.scn("CURRENT_SCN")?,
        flashback_on: text("FLASHBACK_ON")?,
        fs_failover_status: text("FS_FAILOVER_STATUS")?,
        cdb: id.get("CDB")? == Some("YES"),
        version: instance.text("VERSION")?.to_owned(),
        host_name: instance.text("HOST_NAME")?.to_owned(),
        startup_time: instance.text("STARTUP_TIME")?.to_owned(),
        parallel: instance.text("PARALLEL")? == "YES",
        enabled_threads: enabled.sum::<Result<u64, Fault>>()?,
    })
}

/// V$DATAFILE with its tablespaces, as `sql/files/data.sql` asks for it.
pub fn datafiles(rows: &Rows) -> Result<Vec<DataFile>, Fault> {
    let file = |row: crate::port::Row<'_>| {
        Ok(DataFile {
            number: row.number("FILE#")?,
            name: row.text("NAME")?.to_owned(),
            tablespace: row.text("TABLESPACE_NAME")?.to_owned(),
            con_id: row.number("CON_ID")?,
            status: row.text("STATUS")?.to_owned(),
            enabled: row.text("ENABLED")?.to_owned(),
            creation_change: row.scn("CREATION_CHANGE#")?,
            created: row.get("CREATION_TIME")?.unwrap_or_default().to_owned(),
            checkpoint_change: row.scn("CHECKPOINT_CHANGE#")?,
            bytes: row.number("BYTES")?,
        })
    };
    rows.iter().map(file).collect()
}

fn parameters(rows: &Rows) -> Result<Parameters, Fault> {
    let one = |row: crate::port::Row<'_>| {
        Ok((row.text("NAME")?.to_owned(), row.get("VALUE")?.unwrap_or_default().to_owned()))
    };
    rows.iter().map(one).collect()
}

/// Containers that are not open read write: con_id and mode. The survey and the end of the window compare the same.
pub fn closed_containers(pdbs: &Rows) -> Result<Vec<(u64, String)>, Fault> {
    let all = pdbs.iter().map(|row| Ok((row.number("CON_ID")?, row.text("OPEN_MODE")?.to_owned())));
    let all = all.collect::<Result<Vec<_>, Fault>>()?;
    Ok(all.into_iter().filter(|(_, mode)| mode != "READ WRITE").collect())
}

fn files(answers: &Answers<'_>, parameters: &Parameters, home: &str) -> Result<Vec<DbFile>, Fault> {
    let mut files = Vec::new();
    let columns = [
        (FileKind::Data, answers.data, "NAME"),
        (FileKind::Temp, answers.temp, "NAME"),
        (FileKind::Control, answers.control, "NAME"),
        (FileKind::Redo, answers.redo, "MEMBER"),
        (FileKind::Archive, answers.archive, "DESTINATION"),
        (FileKind::Flashback, answers.flashback, "NAME"),
        (FileKind::Archive, answers.recovery, "NAME"),
        (FileKind::Tracking, answers.tracking, "FILENAME"),
    ];
    for (kind, rows, column) in columns {
        for row in rows.iter() {
            let path = row.get(column)?.filter(|path| path.starts_with('/') || path.starts_with('+'));
            files.extend(path.map(|path| DbFile { kind, path: path.to_owned() }));
        }
    }
    let named = [("spfile", FileKind::Parameter), ("audit_file_dest", FileKind::Software)];
    for (name, kind) in named {
        let path = parameters.get(name).filter(|path| path.starts_with('/') || path.starts_with('+'));
        files.extend(path.map(|path| DbFile { kind, path: path.clone() }));
    }
    files.push(DbFile { kind: FileKind::Software, path: home.to_owned() });
    Ok(files)
}
