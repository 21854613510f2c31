//! `ovmirror recover --from-tape`: a run that restores onto fresh disks while the database works, then the recovery that
//! swaps them in. Where the store is lost, a run before both reads the control file on tape and records it.

use super::{
    plan::{self, Plan as Steps},
    recover::{after_resetlogs, leave_as_it_was, report, with_whole_logs},
    run::Session,
};
use crate::{
    cli::{
        args::Recover,
        confirm,
        output::json,
        recover::{
            self, Facts, Prepared, Request, Snapshot, fresh,
            tape::{self, Restored, Restoring, Source},
            unrecorded, waiting,
        },
        report::Reporter,
        resolve::Site,
    },
    fault::{Fault, Kind},
    flow::{self, from_tape::FromTapeParams},
    model::RunId,
    recovery::To,
    step::production::{self, State},
};
use std::process::ExitCode;

/// One command at work.
struct FromTape<'a, 'b> {
    site: &'a Site,
    session: &'b Session<'a>,
    args: &'a Recover,
    out: &'a Reporter,
}

/// What was seen and decided.
struct Decided {
    facts: Facts,
    snapshot: Snapshot,
    prepared: Prepared,
}

pub fn run(site: &Site, session: &Session<'_>, args: &Recover, given: &str, out: &Reporter) -> Result<ExitCode, Fault> {
    if !args.dry_run && !args.plan {
        session.reserve_media()?;
    }
    let this = FromTape { site, session, args, out };
    match tape::source(&session.store, &session.name, given, args.dbid)? {
        Source::Snapshot(id) => this.recover(&id, None),
        Source::Restored(run) => {
            let (id, restored) = tape::restored(&session.store, &run)?;
            waiting::all_wait(&session.store, &session.world, &restored)?;
            this.recover(&id, Some(restored))
        }
        Source::Unknown { dbid, writer } => match this.record(dbid, &writer)? {
            Some(id) => this.recover(&id, None),
            None => Ok(ExitCode::SUCCESS),
        },
    }
}

impl FromTape<'_, '_> {
    fn look(&self) -> Result<Facts, Fault> {
        let known = (&self.session.name, self.session.database);
        // The logs of the oldest snapshot on tape may be older than any of the store.
        recover::look(self.site, &self.session.world, known, crate::model::Scn::default(), self.args.mount, None)
    }

    /// A database that was mounted to be looked at goes down again.
    fn stop_if_was_down(&self, facts: &Facts) -> Result<(), Fault> {
        match facts.was < State::Mounted {
            true => production::stop(&self.session.world, &facts.site, facts.release),
            false => Ok(()),
        }
    }

    /// Reads what is on tape and records it. Nothing: only the steps were asked for.
    fn record(&self, dbid: Option<u64>, writer: &RunId) -> Result<Option<RunId>, Fault> {
        let facts = self.look()?;
        let world = &self.session.world;
        let params = unrecorded::params(self.site, world, self.session.database, &facts, (dbid, writer.clone()));
        self.stop_if_was_down(&facts)?;
        let params = params?;
        let flow = flow::from_tape::record_flow(params.clone())?;
        if self.args.dry_run || self.args.plan {
            self.session.note(&format!(
                "the store does not know {writer}: a run records first what is on tape, then the recovery is planned"
            ));
            plan::show(&[Steps::of(&flow, world, &self.session.name)?], self.out);
            return Ok(None);
        }
        self.session.start(&flow, &params)?;
        Ok(Some(writer.clone()))
    }

    fn decide(&self, id: &RunId, restored: Option<Restored>) -> Result<Decided, Fault> {
        let facts = self.look()?;
        match self.decided(id, restored, &facts) {
            Ok((snapshot, prepared)) => Ok(Decided { facts, snapshot, prepared }),
            Err(fault) => {
                self.stop_if_was_down(&facts)?;
                Err(fault)
            }
        }
    }

    fn decided(&self, id: &RunId, restored: Option<Restored>, facts: &Facts) -> Result<(Snapshot, Prepared), Fault> {
        let (session, to) = (self.session, To::parse(&self.args.to)?);
        let all = recover::snapshots(&session.store, &session.name)?;
        let mut snapshot = all.into_iter().find(|one| one.record.id == *id).ok_or_else(|| {
            Fault::new(Kind::User, "TAP-033", format!("snapshot {id} is not in the store")).hint("ovmirror list")
        })?;
        tape::writer_of(&snapshot.record)?;
        if let Some(restored) = &restored {
            snapshot.layout.logs.clone_from(&restored.logs);
        }
        let on_tape = &snapshot.record.tape;
        snapshot.tape = Some(Restoring { pieces: on_tape.pieces, bytes: on_tape.bytes, restored });
        let request = Request { to, wish: None, abort: self.args.abort, controlfile: false, copy: false };
        let one = [snapshot];
        let prepared = recover::prepare(self.site, &session.world, session.database, facts, &one, &request)?;
        let prepared = with_whole_logs(session, self.args, prepared)?;
        let [snapshot] = one;
        Ok((snapshot, prepared))
    }

    fn recover(&self, id: &RunId, restored: Option<Restored>) -> Result<ExitCode, Fault> {
        let restores = restored.is_none();
        let decided = self.decide(id, restored)?;
        // Whether disks and file systems can be made is a part of the plan.
        let params = restores.then(|| self.restore_params(&decided)).transpose().or_else(|fault| {
            leave_as_it_was(self.session, &decided.prepared, decided.facts.was)?;
            Err(fault)
        })?;
        if self.args.plan || self.args.dry_run {
            return self.show(&decided, params);
        }
        self.agree(&decided)?;
        match params {
            Some(params) => self.swap(&self.restore(id, &decided, params)?),
            None => self.swap(&decided),
        }
    }

    /// The plan, or each step with what it sends.
    fn show(&self, decided: &Decided, params: Option<FromTapeParams>) -> Result<ExitCode, Fault> {
        let (world, name) = (&self.session.world, &self.session.name);
        leave_as_it_was(self.session, &decided.prepared, decided.facts.was)?;
        if self.args.plan {
            let value = serde_json::to_value(&decided.prepared.plan).unwrap_or_default();
            self.out.result(&json::object(self.out.simulated(), "plan", value), &decided.prepared.plan.text());
            return Ok(ExitCode::SUCCESS);
        }
        let mut plans = Vec::new();
        if let Some(params) = params {
            plans.push(Steps::of(&flow::from_tape::flow(params)?, world, name)?);
        }
        plans.push(Steps::of(&flow::recover::flow(decided.prepared.params.clone())?, world, name)?);
        plan::show(&plans, self.out);
        Ok(ExitCode::SUCCESS)
    }

    fn agree(&self, decided: &Decided) -> Result<(), Fault> {
        self.session.note(&decided.prepared.plan.text());
        let what = "Disks are restored from tape now; then the database goes down and comes back as above.";
        confirm::typed(self.session.name.as_str(), what, self.args.yes).or_else(|refused| {
            leave_as_it_was(self.session, &decided.prepared, decided.facts.was)?;
            Err(refused)
        })
    }

    fn restore_params(&self, decided: &Decided) -> Result<FromTapeParams, Fault> {
        fresh::params(self.site, &self.session.world, self.session.database, &decided.facts, &decided.snapshot)
    }

    /// Restores, then looks and decides again: the database has gone on meanwhile.
    fn restore(&self, id: &RunId, decided: &Decided, params: FromTapeParams) -> Result<Decided, Fault> {
        self.stop_if_was_down(&decided.facts)?;
        let run = self.session.start(&flow::from_tape::flow(params.clone())?, &params)?;
        let (_, restored) = tape::restored(&self.session.store, &run)?;
        self.decide(id, Some(restored)).map_err(|fault| waits(fault, &self.session.name, &run, &self.args.to))
    }

    /// A recovery that was taken back says that the restored disks wait, where it has given them back.
    fn given_back(&self, fault: Fault, snapshot: &Snapshot) -> Fault {
        let restored = snapshot.tape.as_ref().and_then(|tape| tape.restored.as_ref());
        let session = self.session;
        match restored.filter(|_| fault.kind == Kind::Undone) {
            Some(disks) if waiting::all_wait(&session.store, &session.world, disks).is_ok() => {
                waits(fault, &session.name, &disks.run, &self.args.to)
            }
            _ => fault,
        }
    }

    fn swap(&self, decided: &Decided) -> Result<ExitCode, Fault> {
        let flow = flow::recover::flow(decided.prepared.params.clone())?;
        let started = self.session.start(&flow, &decided.prepared.params);
        let started = started.map_err(|fault| self.given_back(fault, &decided.snapshot));
        if started.as_ref().is_err_and(|fault| fault.kind == Kind::Undone) {
            leave_as_it_was(self.session, &decided.prepared, decided.facts.was)?;
        }
        let run = started?;
        let resetlogs = decided.prepared.plan.resetlogs;
        let snapshot = if resetlogs { after_resetlogs(self.site, self.session) } else { None };
        report(self.session, &run, &decided.prepared, snapshot, self.out)
    }
}

/// The restored disks are not lost with a recovery that failed.
fn waits(fault: Fault, database: &crate::model::DbName, run: &RunId, to: &str) -> Fault {
    fault
        .hint_command(
            "the restored disks wait; when the cause is removed, take them",
            format!("ovmirror recover {database} --from-tape {run} --to {to}"),
        )
        .hint_command("or delete them", format!("ovmirror undo {run}"))
}
