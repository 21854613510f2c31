//! `help`, `?`, `showobjtypes` and their kind: answered without a block.

use super::Release;
use super::grammar::Request;
use super::object::Kind;
use super::syntax::{self, TABLE};

/// The transcript's text (reference 2.2 g).
const HELP: &str = "\
For Most Object Types:
    list <objectType>
    show <objectType> <instance>
    create <objectType> [(attribute1)=\"value1\"] ... [on <objectType> <instance>]
    edit <objectType> <instance>  (attribute1)=\"value1\" ...
    delete <objectType> <instance>
For Most Object Types with Children:
    add <objectType> <instance> to <objectType> <instance>
    remove <objectType> <instance> from <objectType> <instance>
Client Session Commands:
    set outputMode=[Verbose,XML,Sparse]
    set endLineChars=[CRLF,CR,LF]
    showobjtypes
    showallcustomcmds
    showcustomcmds <objectType>
    showversion
    exit";

const STANDARD: [&str; 5] = ["create", "edit", "delete", "add", "remove"];

/// The lines of a command of this kind; none for all others.
pub fn lines(request: &Request, release: Release) -> Option<Vec<String>> {
    if request.question {
        return keys(request, release);
    }
    if !request.pairs.is_empty() || request.relation.is_some() {
        return None;
    }
    match (request.verb.to_lowercase().as_str(), &request.kind) {
        ("help" | "?", None) => Some(HELP.lines().map(str::to_owned).collect()),
        ("showobjtypes", None) => Some(types(release)),
        ("showallcustomcmds", None) => Some(custom(release, None)),
        ("showcustomcmds", Some(kind)) => Kind::parse(kind).map(|kind| custom(release, Some(kind))),
        _ => None,
    }
}

fn types(release: Release) -> Vec<String> {
    let shown = Kind::ALL.iter().filter(|k| release.is_rewritten() || !k.is_of_the_rewrite());
    shown.map(|k| format!("    {k}")).collect()
}

fn custom(release: Release, kind: Option<Kind>) -> Vec<String> {
    let wanted = TABLE.iter().filter(|s| s.is_in(release) && !STANDARD.contains(&s.verb));
    wanted.filter(|s| kind.is_none_or(|k| k == s.kind)).map(|s| format!("    {} {}", s.verb, s.kind)).collect()
}

/// `create Vm ?`: one key a line, `*` before those that must be given (reference 2.2 h).
fn keys(request: &Request, release: Release) -> Option<Vec<String>> {
    let syntax = syntax::find(request, release).ok()?;
    Some(syntax.all_keys().map(|key| format!("                 {key}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manager::grammar;

    #[test]
    fn the_question_mark_lists_keys_of_the_dialect() {
        let request = grammar::parse("create VmDiskMapping ?", false).unwrap();
        let old = lines(&request, Release::V3_2).unwrap();
        let new = lines(&request, Release::V3_4).unwrap();
        assert!(old.iter().any(|l| l.trim() == "storageDevice"));
        assert!(new.iter().any(|l| l.trim() == "virtualDisk"));
        assert!(new.iter().any(|l| l.trim() == "*slot"));
    }

    #[test]
    fn types_of_the_rewrite_are_not_on_3_2() {
        assert!(!types(Release::V3_2).iter().any(|l| l.contains("VmCloneCustomizer")));
        assert!(types(Release::V3_4).iter().any(|l| l.contains("VmCloneCustomizer")));
    }
}
