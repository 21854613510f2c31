use super::{command::*, *};
use rstest::rstest;

fn parse(text: &str) -> Read {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    read(&tokens(&lines, 1).unwrap(), "standard input", true)
}

fn verb_of(text: &str) -> Verb {
    match parse(text) {
        Read::Command(step, _) => step.verb,
        other => panic!("{text}: {other:?}"),
    }
}

#[rstest]
#[case("backup datbase;", "identifier", Some("datbase"))]
#[case("frobnicate;", "identifier", Some("frobnicate"))]
#[case("backup database 'x';", "single-quoted-string", None)]
#[case("list 12;", "integer", None)]
#[case("set encryption maybe;", "identifier", Some("maybe"))]
#[case("delete backup;", "delete", None)]
#[case("backup database keep forever;", "keep", None)]
fn what_is_not_known_is_a_syntax_error(#[case] text: &str, #[case] found: &str, #[case] bad: Option<&str>) {
    let Read::Error(failure) = parse(text) else { panic!("{text} was taken") };
    assert_eq!(failure.lines[0], "RMAN-00558: error encountered while parsing input commands");
    assert!(failure.lines[1].starts_with(&format!("RMAN-01009: syntax error: found \"{found}\"")), "{failure:?}");
    let named = failure.lines.iter().find_map(|line| line.strip_prefix("RMAN-01008: the bad identifier was: "));
    assert_eq!(named, bad);
    assert!(failure.lines.last().unwrap().starts_with("RMAN-01007: at line 1 column "));
}

#[test]
fn a_whole_command_file() {
    let text = "RUN {\n ALLOCATE CHANNEL t1 DEVICE TYPE sbt PARMS='SBT_LIBRARY=x,ENV=(A=b)';\n\
        BACKUP AS BACKUPSET CHECK LOGICAL FORCE FILESPERSET 1 SECTION SIZE 64G FORMAT 'f_%U' TAG 'sm_x' DATABASE;\n\
        RELEASE CHANNEL t1; }";
    let Verb::Run(steps) = verb_of(text) else { panic!() };
    assert_eq!(steps.len(), 3);
    let Verb::Backup(backup) = &steps[1].verb else { panic!() };
    assert_eq!((backup.section, backup.tag.as_deref(), backup.files_per_set), (Some(64 << 30), Some("SM_X"), Some(1)));
    assert_eq!(backup.subjects, [Subject::Files(Objects::Database)]);
}

#[rstest]
#[case("CONFIGURE CONTROLFILE AUTOBACKUP ON;", "CONTROLFILE AUTOBACKUP", "ON")]
#[case("configure controlfile autobackup clear;", "CONTROLFILE AUTOBACKUP", "")]
#[case("configure encryption for database off;", "ENCRYPTION FOR DATABASE", "OFF")]
fn configuration(#[case] text: &str, #[case] name: &str, #[case] value: &str) {
    assert_eq!(verb_of(text), Verb::Configure { name: name.into(), value: value.into() });
}

#[rstest]
#[case("connect target \"/ as sysbackup\"", "/ as sysbackup")]
#[case("CONNECT TARGET /", "/")]
fn connecting_needs_no_semicolon(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(verb_of(text), Verb::Connect { catalog: false, text: expected.into() });
}

#[test]
fn an_unfinished_command_waits_for_more() {
    let lines = ["backup database".to_owned()];
    let tokens = tokens(&lines, 1).unwrap();
    assert_eq!(read(&tokens, "standard input", false), Read::More);
    assert!(matches!(read(&tokens, "standard input", true), Read::Error(_)));
}

#[test]
fn a_long_tag_is_refused() {
    assert!(matches!(parse("backup tag 'a23456789012345678901234567890x' database;"), Read::Error(_)));
}
