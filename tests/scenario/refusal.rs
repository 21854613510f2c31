//! How an error must look.

use super::site::{Said, Site};

/// Runs the product, which must end with this status and this code, in one line with a remedy. Returns what a person
/// reads of it, with ids, ports and folders made equal for every site.
pub fn refused(site: &Site, args: &[&str], status: i32, code: &str) -> String {
    let said = site.ovmirror(&[&["--json"], args].concat()).expect(status);
    told(site, &said, code)
}

/// The same of a run that has ended.
pub fn told(site: &Site, said: &Said, code: &str) -> String {
    let object = said.object();
    let error = &object["error"];
    assert_eq!((error["code"].as_str(), &object["schema"]), (Some(code), &1.into()), "{}", said.stderr);
    let message = error["message"].as_str().unwrap();
    assert!(!message.is_empty() && message.lines().count() == 1, "the message is one line: {message}");
    assert!(!error["hints"].as_array().unwrap().is_empty(), "there is a remedy: {object}");
    let head = format!("[{code}]: ");
    let headings = said.stderr.lines().filter(|line| line.contains(&head)).count();
    assert_eq!(headings, 1, "one error: {}", said.stderr);
    let lines = said.stderr.lines().skip_while(|line| !line.contains(&head));
    plain(site, &lines.collect::<Vec<_>>().join("\n"))
}

fn plain(site: &Site, text: &str) -> String {
    let text = text.replace(&site.dir.display().to_string(), "SITE");
    text.split_inclusive([' ', '\n', ',']).map(word).collect()
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([' ', '\n', ',']);
    let is_run = bare.starts_with("ORCL-2") && bare.len() == "ORCL-20261121T204512-4f2a".len();
    if is_run { word.replace(bare, "RUN") } else { word.to_owned() }
}
