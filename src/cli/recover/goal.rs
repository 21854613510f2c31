//! The target of a recovery, and the snapshot that serves it.

use super::facts::{Facts, Snapshot};
use crate::{
    fault::{Fault, Kind},
    model::Scn,
    recovery::{Candidate, Incarnation, To, Until, chain, serving},
    step::{World, gather},
};
use chrono::{DateTime, FixedOffset, SubsecRound};

/// The target as RECOVER and the proof of the logs take it.
pub struct Goal {
    pub until: Until,
    /// Changes below this one must be in the logs; `None`: all.
    pub below: Option<Scn>,
    /// Snapshots that end at or behind this one do not serve.
    pub before: Option<Scn>,
    pub time: Option<DateTime<FixedOffset>>,
}

/// The target, or why it cannot be one.
pub fn goal(world: &World, facts: &Facts, all: &[Snapshot], to: &To) -> Result<Goal, Fault> {
    let at = |scn: Scn| Goal { until: Until::Change(scn), below: Some(scn), before: Some(scn), time: None };
    let goal = match to {
        To::Latest => Goal { until: Until::Complete, below: None, before: None, time: None },
        To::Scn(scn) => at(*scn),
        To::Snapshot(id) => at(on_path(facts, by_id(all, id)?)?.record.end_scn.next()),
        To::Time(moment) => to_time(world, facts, *moment)?,
    };
    let present = facts.redo.path.present().resetlogs;
    match goal.before {
        Some(before) if before <= present && has_earlier(facts) && goal.until.needs_resetlogs() => {
            Err(earlier(&before.to_string(), facts.redo.path.present()))
        }
        Some(before) if facts.redo.scn > Scn::default() && before > facts.redo.scn.next() => Err(Fault::new(
            Kind::User,
            "REC-054",
            format!("SCN {before} has not been reached: the database is at {}", facts.redo.scn),
        )
        .hint("--to latest")),
        _ => Ok(goal),
    }
}

/// Before the first incarnation there is nothing that any control file leads to.
fn has_earlier(facts: &Facts) -> bool {
    facts.redo.path.get(1).is_some()
}

/// The present control file leads to the present incarnation only (Error Messages, ORA-19910 and RMAN-20208).
fn earlier(target: &str, present: &Incarnation) -> Fault {
    let text = format!(
        "the target {target} lies before the RESETLOGS at SCN {}, in an earlier incarnation",
        present.resetlogs
    );
    Fault::new(Kind::User, "REC-053", text)
        .hint("a recovery that is not committed yet can be taken back: ovmirror undo RUN")
        .hint("or take a snapshot from before it with its own control file: --controlfile snapshot, and where that is not \
            enough, --to snapshot=ID")
}

/// A snapshot of a branch that was left is behind nothing that is to come.
fn on_path<'a>(facts: &Facts, snapshot: &'a Snapshot) -> Result<&'a Snapshot, Fault> {
    let identity = &snapshot.layout.surveyed.identity;
    if facts.redo.path.position(identity.resetlogs_change, &identity.resetlogs_time).is_some() {
        return Ok(snapshot);
    }
    let text = format!("snapshot {} is an orphan: a RESETLOGS left its incarnation", snapshot.record.id);
    Err(Fault::new(Kind::User, "REC-053", text)
        .hint("a recovery that is not committed yet can be taken back: ovmirror undo RUN")
        .hint("or go there with its own control file: --controlfile snapshot"))
}

pub fn by_id<'a>(all: &'a [Snapshot], id: &str) -> Result<&'a Snapshot, Fault> {
    let mut found = all.iter().filter(|one| one.record.id.as_str().starts_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Fault::new(Kind::User, "REC-055", format!("there is no snapshot {id} of this database"))
            .hint_command("what there is", "ovmirror list")),
        _ => Err(Fault::new(Kind::User, "REC-056", format!("{id} is the beginning of several snapshots' ids"))
            .hint("give more of the id")),
    }
}

/// UNTIL TIME takes the wall clock of the database's host; a snapshot serves when it ended before that moment.
fn to_time(world: &World, facts: &Facts, moment: DateTime<FixedOffset>) -> Result<Goal, Fault> {
    // UNTIL TIME knows whole seconds.
    let moment = moment.trunc_subsecs(0);
    let wall = gather::wall(world, &facts.site.host, &facts.site.env(), moment.timestamp())?;
    if wall.twice {
        let text = format!("the clock of {} shows {} twice that day (it is put back)", facts.site.host, wall.time);
        return Err(Fault::new(Kind::User, "REC-057", text)
            .hint("UNTIL TIME cannot tell the two apart: give the SCN instead, --to scn=N"));
    }
    let now = DateTime::parse_from_str(&facts.redo.now, "%Y-%m-%d %H:%M:%S%.f %:z");
    if now.is_ok_and(|now| moment > now) {
        return Err(Fault::new(Kind::User, "REC-058", format!("{} has not come yet", moment.to_rfc3339()))
            .hint("--to latest brings back every committed transaction"));
    }
    // `YYYY-MM-DD:HH24:MI:SS` beside V$'s `YYYY-MM-DD HH24:MI:SS`.
    let as_shown = wall.time.replacen(':', " ", 1);
    let present = facts.redo.path.present();
    if as_shown <= present.time && has_earlier(facts) {
        return Err(earlier(&moment.to_rfc3339(), present));
    }
    if as_shown <= present.time {
        let before = Some(present.resetlogs);
        return Ok(Goal { until: Until::Time(wall.time), below: before, before, time: Some(moment) });
    }
    let end = chain::end_of_moment(&facts.redo.links, &facts.redo.path, &as_shown).or(facts.branch_end);
    Ok(Goal { until: Until::Time(wall.time), below: end, before: end, time: Some(moment) })
}

/// As the choice sees it.
pub fn candidate(one: &Snapshot) -> Candidate {
    let identity = &one.layout.surveyed.identity;
    Candidate {
        id: one.record.id.clone(),
        resetlogs: identity.resetlogs_change,
        time: identity.resetlogs_time.clone(),
        end: one.record.end_scn,
        rejected: one.record.state == crate::catalog::SnapshotState::Rejected,
    }
}

/// The snapshots that serve it, best first; never none.
pub fn chosen<'a>(facts: &Facts, all: &'a [Snapshot], to: &To, goal: &Goal) -> Result<Vec<&'a Snapshot>, Fault> {
    let in_time = |one: &&Snapshot| goal.time.is_none_or(|time| one.record.ended_at < time);
    let fit: Vec<Candidate> = match to {
        To::Snapshot(id) => vec![candidate(by_id(all, id)?)],
        _ => all.iter().filter(in_time).map(candidate).collect(),
    };
    let found = serving(&facts.redo.path, &fit, goal.before).map_err(|mut fault| match goal.time {
        Some(time) if fit.len() < all.len() => {
            if fit.is_empty() {
                fault.causes.clear();
            }
            fault.cause(format!("{} snapshots ended behind {}", all.len() - fit.len(), time.to_rfc3339()))
        }
        _ => fault,
    })?;
    let by_id = |found: &Candidate| all.iter().find(|one| one.record.id == found.id);
    Ok(found.into_iter().filter_map(by_id).collect())
}
