//! The templates of `templates/`, compiled in, each with one typed context. Tera 2: a variable that is missing where
//! it is printed is an error, escaping is on for HTML alone, and every `{{ }}` ends in a filter of `text::filter`.

use super::{filter, sql};
use crate::fault::{Fault, Kind};
use serde::Serialize;
use std::{error::Error, sync::LazyLock};
use tera::{Context, Tera};

/// A context struct: it is the signature of its template.
pub trait Template: Serialize {
    /// Path under `templates/`.
    const NAME: &'static str;
}

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// Every template and its text.
        pub const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../templates/", $name)))),+];
    };
}

templates! {
    "pfile/clone.tera",
    "report/runbook.tera",
    "pfile/drill.tera",
    "pfile/instance.tera",
    "rman/backup.tera",
    "rman/channels.tera",
    "rman/controlfile.tera",
    "report/drill.html.tera",
    "report/sudoers.tera",
    "rman/release.tera",
    "rman/restore.tera",
    "rman/restore_controlfile.tera",
    "rman/validate.tera",
    "rman/validate_blocks.tera",
    "rman/validate_log.tera",
    "sh/bounded.tera",
    "sh/copy_files.tera",
    "sh/copy_out.tera",
    "sh/device_free.tera",
    "sh/device_wait.tera",
    "sh/facts.tera",
    "sh/end_far.tera",
    "sh/far_poll.tera",
    "sh/far_start.tera",
    "sh/far_state.tera",
    "sh/far_stop.tera",
    "sh/folder_make.tera",
    "sh/folder_remove.tera",
    "sh/file_tree.tera",
    "sh/flush.tera",
    "sh/fstab.tera",
    "sh/guard_arm.tera",
    "sh/guard_body.tera",
    "sh/guard_disarm.tera",
    "sh/guard_probe.tera",
    "sh/guard_report.tera",
    "sh/guard_state.tera",
    "sh/guards.tera",
    "sh/holders.tera",
    "sh/home.tera",
    "sh/keep.tera",
    "sh/kept_compare.tera",
    "sh/kept_remove.tera",
    "sh/kept_restore.tera",
    "sh/local_time.tera",
    "sh/log_heads.tera",
    "sh/landing.tera",
    "sh/log_tail.tera",
    "sh/marks.tera",
    "sh/move_aside.tera",
    "sh/other_files.tera",
    "sh/oracle_env.tera",
    "sh/place_restored.tera",
    "sh/places.tera",
    "sh/programs.tera",
    "sh/put_control.tera",
    "sh/rebuild.tera",
    "sh/rman.tera",
    "sh/run_dir.tera",
    "sh/sqlplus.tera",
    "sh/sync.tera",
    "sh/tell_pid.tera",
    "sh/thaw.tera",
    "sh/volumes.tera",
    "sqlplus/check.tera",
    "sqlplus/guard_end.tera",
    "sqlplus/guard_look.tera",
    "sqlplus/joined.tera",
    "sqlplus/prologue.tera",
    "sqlplus/recover.tera",
    "sqlplus/recover_offer.tera",
    "sqlplus/recover_part.tera",
    "sqlplus/rename_files.tera",
    "sqlplus/script.tera",
    "sqlplus/settings.tera",
    "sqlplus/shutdown_abort.tera",
    "sqlplus/shutdown_immediate.tera",
    "sqlplus/spool_on.tera",
    "sqlplus/startup_mount.tera",
    "sqlplus/startup_nomount.tera",
}

/// Only what ends so is escaped; a shell or a database takes texts as they are, or not at all.
const HTML: &str = ".html.tera";

static ENGINE: LazyLock<Result<Tera, String>> = LazyLock::new(|| engine().map_err(|error| chain(&error)));

fn engine() -> Result<Tera, tera::Error> {
    let mut tera = Tera::default();
    tera.autoescape_on(vec![HTML]);
    filter::register(&mut tera);
    // Bodies of sql/ are templates too: some take literals, and scripts include others.
    let entries = sql::entries().map_err(|fault| tera::Error::message(fault.message))?;
    let bodies = entries.iter().map(|(file, entry)| (format!("sql/{file}"), entry.body.clone()));
    let named = TEMPLATES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    tera.add_raw_templates(named.chain(bodies))?;
    Ok(tera)
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(below) = source {
        text = format!("{text}: {below}");
        source = below.source();
    }
    text
}

/// Renders a template from its context. A value that a filter refuses is a fault that names it.
pub fn render<T: Template>(context: &T) -> Result<String, Fault> {
    render_named(T::NAME, context)
}

/// Renders a site's own text with the context of `T`; it may include the templates that are built in.
pub fn render_own<T: Template>(text: &str, context: &T) -> Result<String, Fault> {
    let mut engine = ENGINE.as_ref().map_err(|why| Fault::new(Kind::Bug, "TXT-002", why.clone()))?.clone();
    engine.add_raw_template(OWN, text).map_err(|error| not_a_template(&error))?;
    let context = Context::from_serialize(context).map_err(|error| refused(OWN, &error))?;
    engine.render(OWN, &context).map_err(|error| refused(OWN, &error))
}

/// Whether a site's own text is a template at all.
pub fn check_own(text: &str) -> Result<(), Fault> {
    if holds_a_password(text) {
        return Err(Fault::new(Kind::User, "TXT-005", "the own RMAN template holds a password")
            .cause("the template is kept in the journal, and its text in RMAN's log")
            .hint("encrypt by a wallet, and log in to a catalog by a wallet: neither needs a password in the text"));
    }
    let mut engine = ENGINE.as_ref().map_err(|why| Fault::new(Kind::Bug, "TXT-002", why.clone()))?.clone();
    engine.add_raw_template(OWN, text).map_err(|error| not_a_template(&error))
}

const OWN: &str = "(own template)";

/// `SET ENCRYPTION IDENTIFIED BY …`, `CONNECT CATALOG user/password@…` (Backup and Recovery Reference).
fn holds_a_password(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
    let identified = words.windows(2).any(|pair| pair[0] == "IDENTIFIED" && pair[1].starts_with("BY"));
    let user = |word: &str| word.split_once('/').is_some_and(|(user, _)| !user.trim_matches(['"', '\'']).is_empty());
    let login = |words: &[String]| words[0] == "CONNECT" && user(&words[2]);
    identified || words.windows(3).any(login)
}

fn not_a_template(error: &tera::Error) -> Fault {
    Fault::new(Kind::User, "TXT-004", "the own RMAN template cannot be read")
        .cause(chain(error))
        .hint("templates/rman/backup.tera is the one that is built in: begin with a copy of it")
}

fn refused(name: &str, error: &tera::Error) -> Fault {
    let fault = Fault::new(Kind::User, "TXT-003", format!("the text {name} cannot be made"));
    fault.cause(chain(error)).hint("rename what is refused, or correct it in the configuration")
}

/// Renders a template by name, for contexts that are made from a header.
pub(super) fn render_named(name: &str, context: &impl Serialize) -> Result<String, Fault> {
    let engine = ENGINE.as_ref().map_err(|why| Fault::new(Kind::Bug, "TXT-002", why.clone()))?;
    let context = Context::from_serialize(context).map_err(|error| refused(name, &error))?;
    engine.render(name, &context).map_err(|error| refused(name, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_missing_variable_is_an_error() {
        let empty: BTreeMap<&str, &str> = BTreeMap::new();
        assert_eq!(render_named("sqlplus/spool_on.tera", &empty).unwrap_err().code, "TXT-003");
    }

    struct Spool<'a>(BTreeMap<&'a str, &'a str>);

    impl Serialize for Spool<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl Template for Spool<'_> {
        const NAME: &'static str = "sqlplus/spool_on.tera";
    }

    #[test]
    fn an_own_text_has_the_context_and_the_includes_of_the_built_in_one() {
        let context = Spool(BTreeMap::from([("path", "/tmp/a")]));
        let text = render_own("-- ours\n{% include \"sqlplus/spool_on.tera\" %}", &context).unwrap();
        assert_eq!(text, format!("-- ours\n{}", render(&context).unwrap()));
    }

    #[test]
    fn an_own_text_that_is_wrong_is_refused() {
        let context = Spool(BTreeMap::from([("path", "/tmp/a")]));
        assert_eq!(check_own("{% if x %}").unwrap_err().code, "TXT-004");
        assert_eq!(render_own("{% if x %}", &context).unwrap_err().code, "TXT-004");
        assert_eq!(render_own("{{ pth | path }}", &context).unwrap_err().code, "TXT-004");
        assert_eq!(render_own("{{ pth }}", &context).unwrap_err().code, "TXT-003");
    }

    #[test]
    fn law_13_an_own_text_with_a_password_is_refused_and_not_shown() {
        for text in ["SET DECRYPTION\n identified by 'tiger';", "CONNECT CATALOG rco/tiger@cat;"] {
            let fault = check_own(text).unwrap_err();
            assert_eq!(fault.code, "TXT-005");
            assert!(!format!("{fault:?}").contains("tiger"), "{fault:?}");
        }
        assert!(
            check_own("CONNECT TARGET /\nCONNECT TARGET \"/ AS SYSBACKUP\"\nCONNECT TARGET {{ role | rman_connect }}")
                .is_ok()
        );
    }

    #[test]
    fn a_refused_value_is_named() {
        let context = BTreeMap::from([("path", "/tmp/a b")]);
        let fault = render_named("sqlplus/spool_on.tera", &context).unwrap_err();
        assert!(fault.causes.concat().contains("/tmp/a b"), "{fault:?}");
    }
}
