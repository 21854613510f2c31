//! The guard: a process in the database's VM that ends the window if nobody else does. Armed before BEGIN (law 1).

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, HEAL, Kind},
    model::Scn,
    port::Rows,
    step::{
        World,
        backup_mode::{Sender, active_files},
        folder, guard,
        params::SnapshotParams,
        shell, sql as ask,
        window::{self, Shell, Window},
    },
    text::{sh, sql, sqlplus::role_word},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ArmGuard(pub Arc<SnapshotParams>);

/// What must be known if BEGIN's answer is lost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Armed {
    /// The session that will send BEGIN.
    pub sender: Sender,
    /// V$INSTANCE.STARTUP_TIME.
    pub startup_time: String,
    /// Files ACTIVE already.
    pub before: Vec<u64>,
    /// CURRENT_SCN now.
    pub floor: Scn,
    /// The guard's deadline in seconds of the VM's uptime.
    pub deadline: u64,
}

/// The guard waits this much longer than the window may last.
const GRACE_S: u64 = 60;
/// A freeze that nobody ends is ended by the guard after so long.
const THAW_S: u64 = 45;
/// How often it looks, once a second, before it gives up.
const LOOKS: u64 = 300;

impl ArmGuard {
    /// Inside the window the manager gets one command; its session is opened here.
    fn open_window(&self, cx: &Cx<'_, World>) -> Result<(Window, Vec<Rows>), Fault> {
        let site = &self.0.site;
        let release = self.0.release()?;
        let target = ask::production(site);
        let mut session = cx.world.sql(&target).open(&target).map_err(|error| ask::fault(error, &target))?;
        let batch = [
            sql::SESSION_IDENTITY.at(release, &[])?,
            sql::INSTANCE_STATE.at(release, &[])?,
            sql::DATABASE_NOW.at(release, &[])?,
            sql::BACKUP_ACTIVE.at(release, &[])?,
        ];
        let rows = ask::batch_on(cx.world, session.as_mut(), &target, &batch)?;
        let shell = Shell::open(cx.world.remote.as_ref(), &site.host, cx.world.limits.command)?;
        cx.world.warm_manager();
        Ok((Window { session, shell, begun: None, frozen: None }, rows))
    }

    fn arm(&self, cx: &Cx<'_, World>, armed: &Armed) -> Result<u64, Fault> {
        let (site, env) = (&self.0.site, self.0.site.env());
        let files: Vec<u32> = armed.before.iter().filter_map(|file| u32::try_from(*file).ok()).collect();
        let context = sh::GuardArm {
            run: cx.run,
            database: site.database.as_str(),
            dbid: self.0.surveyed.identity.dbid,
            env: &env,
            role: role_word(site.role()),
            seconds: self.0.window_limit_s + GRACE_S,
            looks: LOOKS,
            thaw: &self.0.freeze,
            thaw_seconds: THAW_S,
            become_words: &cx.world.become_words,
            before: sh::before_list(&files),
            floor: armed.floor,
        };
        let printed = shell::script(cx.world, &site.host, &context)?;
        let deadline = printed.lines().find_map(|line| line.strip_prefix("deadline ")?.trim().parse().ok());
        match (printed.lines().last(), deadline) {
            (Some("armed"), Some(deadline)) => Ok(deadline),
            _ => Err(folder::not_understood(&site.host, &printed)),
        }
    }

    /// What the guard saw may be over by now.
    fn is_anything_active(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let active = sql::BACKUP_ACTIVE.at(self.0.release()?, &[])?;
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &[active])?;
        Ok(rows.first().is_some_and(|rows| !rows.rows.is_empty()))
    }
}

fn armed(rows: &[Rows]) -> Result<Armed, Fault> {
    let [session, instance, now, active] = rows else {
        return Err(Fault::new(Kind::Bug, "SNP-003", "four answers were expected"));
    };
    let session = session.one()?;
    Ok(Armed {
        sender: Sender { sid: session.number("SID")?, serial: session.number("SERIAL#")? },
        startup_time: instance.one()?.text("STARTUP_TIME")?.to_owned(),
        before: active_files(active)?.into_keys().collect(),
        floor: now.one()?.scn("CURRENT_SCN")?,
        deadline: 0,
    })
}

impl Step<World> for ArmGuard {
    const KIND: &'static str = "arm_guard";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Armed;

    fn describe(&self) -> String {
        let seconds = self.0.window_limit_s + GRACE_S;
        format!("arm the guard in {}: it ends backup mode after {seconds} s whatever happens", self.0.site.vm_name)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Armed>, Fault> {
        let (window, rows) = self.open_window(cx)?;
        let mut out = armed(&rows)?;
        out.deadline = self.arm(cx, &out)?;
        window::put(cx.world, window);
        Ok(Ran::Done(out))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Armed>, Fault> {
        let report = guard::look(cx.world, &self.0.site.host, cx.run)?;
        // The session that was to send BEGIN died with the process: a new guard is armed with a new one.
        Ok(report.map_or(Probe::Absent, |_| Probe::Partial("a guard was armed".to_owned())))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Armed>) -> Result<(), Fault> {
        window::close(cx.world);
        let Some(report) = guard::disarm(cx.world, &self.0.site.host, cx.run)? else { return Ok(()) };
        if report.result.as_deref() == Some("stuck") && self.is_anything_active(cx)? {
            let text = "the guard found ACTIVE files that are not of this run's BEGIN and sent nothing";
            return Err(Fault::new(Kind::Stuck, "GRD-001", text)
                .printed(&report.log.join("\n"))
                .hint_command("look at V$BACKUP: whose backup is it? When it has ended", HEAL));
        }
        for line in report.log.iter().filter(|_| guard::fired(&report)) {
            cx.monitor.tell(&crate::port::Event::Note(format!("guard: {line}")));
        }
        Ok(())
    }
}
