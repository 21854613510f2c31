//! A cell's event, brought about.

use super::{cell::Event, world::World};
use crate::{
    site::{Said, until},
    watch::Watched,
};

/// What came of it.
pub struct Met {
    /// Whether the event happened at all.
    pub met: bool,
    pub said: Said,
}

/// Runs a command under an event.
pub fn under(world: &World, args: &[String], event: &Event) -> Result<Met, String> {
    match event {
        Event::Command { place, text, nth, action } => {
            let fault = world.site.fault(place, text, *nth, action);
            let said = world.with(args, None)?;
            let met = world.site.seen(&fault) >= u64::from(*nth);
            world.site.no_faults();
            Ok(Met { met, said })
        }
        Event::Killed { after, record } => {
            let moment = format!("{}:{record}", if *after { "after" } else { "before" });
            let said = world.with(args, Some(("OVMIRROR_CRASH", &moment)))?;
            Ok(Met { met: said.status == -1, said })
        }
        Event::Terminated { step } => at_step(world, args, step, |watched| watched.signal("TERM")),
        Event::Restarted { what, step } => at_step(world, args, step, |watched| {
            // It stands still meanwhile, so that it is this step which meets a machine that forgot it.
            watched.signal("STOP");
            restart(world, what);
            watched.signal("CONT");
        }),
    }
}

fn at_step(world: &World, args: &[String], step: &str, act: impl Fn(&Watched)) -> Result<Met, String> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut watched = Watched::start(&world.site, &args);
    let met = watched.reaches(&format!("] {step}: "));
    if met {
        act(&watched);
    }
    Ok(Met { met, said: watched.end() })
}

/// Power off and on; the manager's service ends and comes again.
fn restart(world: &World, what: &str) {
    if what == "manager" {
        world.site.lab(&["restart"]).expect(0);
        return;
    }
    for verb in ["kill", "start"] {
        // A job that the product began may hold the Vm for a moment.
        until(&format!("{verb} {what}"), || {
            let said = world.site.manager(&format!("{verb} Vm name={what}"));
            said.contains("Status: Success") || said.contains("not in the correct state")
        });
    }
}
