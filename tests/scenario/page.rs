//! Commands as a page of the documentation has them.

/// The fenced commands of `docs/from-tape.md` behind the comment with this name.
pub fn commands(name: &str) -> String {
    let page = include_str!("../../docs/from-tape.md");
    let behind = page.split(&format!("<!-- {name} -->")).nth(1).unwrap_or_else(|| panic!("the page has no `{name}`"));
    let fenced = behind.split("```").nth(1).unwrap();
    fenced.strip_prefix("sh\n").unwrap().trim().to_owned()
}
