//! Filters that refuse. A value is let through as it stands or the rendering fails; nothing is escaped into shape.

use tera::{Kwargs, State, Tera, TeraResult, Value};

type Check = fn(&str) -> Result<String, &'static str>;

/// Every filter and what it lets through. A template's `{{ }}` must end in one of these names.
pub const FILTERS: &[(&str, Check)] = &[
    ("bare_word", bare_word),
    ("html_text", html_text),
    ("number", number),
    ("pfile_location", pfile_location),
    ("pfile_text", sql_text),
    ("rman_connect", rman_connect),
    ("rman_text", rman_text),
    ("rman_word", rman_word),
    ("sh_heredoc", sh_heredoc),
    ("sh_path", sh_path),
    ("sh_single", sh_single),
    ("sh_word", sh_word),
    ("sql_column", sql_column),
    ("sql_mark", sql_mark),
    ("sql_name", sql_name),
    ("sql_path", sh_path),
    ("sql_text", sql_text),
    ("sql_word", sql_word),
    ("sqlplus_script", sqlplus_script),
    ("sudoers_comment", sudoers_comment),
    ("sudoers_run_word", sudoers_run_word),
    ("sudoers_word", sudoers_word),
];

/// Makes the filters known.
pub fn register(tera: &mut Tera) {
    for (name, check) in FILTERS {
        let (name, check) = (*name, *check);
        let filter = move |value: Value, _: Kwargs, _: &State<'_>| -> TeraResult<String> {
            let text =
                as_text(&value).ok_or_else(|| tera::Error::message(format!("{name} takes texts and numbers")))?;
            check(&text).map_err(|why| tera::Error::message(format!("`{}` is refused: {why}", text.escape_debug())))
        };
        tera.register_filter(name, filter);
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => value.as_u64().map(|number| number.to_string()),
    }
}

fn refuse(text: &str, bad: fn(char) -> bool, why: &'static str) -> Result<(), &'static str> {
    match text {
        "" => Err("it is empty"),
        text if text.chars().any(|c| c.is_control()) => Err("it holds a control character"),
        text if text.chars().any(bad) => Err(why),
        _ => Ok(()),
    }
}

/// A literal of SQL or a pfile with its quotes. `?` and `@` stand for ORACLE_HOME and ORACLE_SID in file names
/// (Database Reference, "DB_CREATE_FILE_DEST" and SQL*Plus User's Guide, "SPOOL"): refused.
fn sql_text(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| "'\"\\?@&".contains(c), "quotes, backslash, ?, @ and & are not allowed")?;
    Ok(format!("'{text}'"))
}

/// A quoted identifier.
fn sql_name(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| !c.is_ascii_alphanumeric() && !"_$#".contains(c), "only letters, digits, _, $ and # are allowed")?;
    if text.len() > 128 { Err("it is longer than 128 characters") } else { Ok(format!("\"{text}\"")) }
}

/// A column of ours, bare.
fn sql_column(text: &str) -> Result<String, &'static str> {
    let bad = |c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && !"_#".contains(c);
    refuse(text, bad, "only upper-case letters, digits, _ and # are allowed")?;
    Ok(text.to_owned())
}

/// A separator inside a literal.
fn sql_mark(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| !"|~^#".contains(c), "only | ~ ^ and # are allowed")?;
    Ok(text.to_owned())
}

/// A key word such as SYSBACKUP.
fn sql_word(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| !c.is_ascii_uppercase(), "only upper-case letters are allowed")?;
    Ok(text.to_owned())
}

/// Text inside single quotes of RMAN. `%` begins a format variable or a pattern there.
fn rman_text(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| "'\"\\%&?;{}".contains(c), "quotes, backslash, %, &, ?, ; and braces are not allowed")?;
    Ok(text.to_owned())
}

/// A part of PARMS: no blank, comma or bracket, which would begin another part.
fn rman_word(text: &str) -> Result<String, &'static str> {
    let bad = |c: char| !c.is_ascii_alphanumeric() && !"_./:@+-".contains(c);
    refuse(text, bad, "only letters, digits and _ . / : @ + - are allowed")?;
    Ok(text.to_owned())
}

/// The target connection of a role. RMAN's plain `/` is SYSDBA (Backup and Recovery Reference, "connectStringSpec").
fn rman_connect(role: &str) -> Result<String, &'static str> {
    match role {
        "SYSBACKUP" => Ok("\"/ AS SYSBACKUP\"".to_owned()),
        "SYSDBA" => Ok("/".to_owned()),
        _ => Err("the role is neither SYSBACKUP nor SYSDBA"),
    }
}

/// One shell word in single quotes.
fn sh_word(text: &str) -> Result<String, &'static str> {
    if !text.is_empty() {
        refuse(text, |c| "'\"\\`".contains(c), "quotes, backslash and backquote are not allowed")?;
    }
    Ok(format!("'{text}'"))
}

/// One command line of another tool as a shell word in single quotes; double quotes are that tool's.
fn sh_single(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| "'\\`".contains(c), "single quotes, backslash and backquote are not allowed")?;
    Ok(format!("'{text}'"))
}

/// An absolute path of plain characters, bare.
pub(super) fn sh_path(text: &str) -> Result<String, &'static str> {
    let bad = |c: char| !c.is_ascii_alphanumeric() && !"_./:@+=,-".contains(c);
    refuse(text, bad, "only letters, digits and _ . / : @ + = , - are allowed in this path")?;
    match text {
        text if !text.starts_with('/') => Err("it is not an absolute path"),
        text if text.split('/').any(|part| part == "..") => Err("it holds .."),
        text => Ok(text.to_owned()),
    }
}

/// A name of plain characters that is not an option, bare.
fn bare_word(text: &str) -> Result<String, &'static str> {
    let bad = |c: char| !c.is_ascii_alphanumeric() && !"_.:-".contains(c);
    refuse(text, bad, "only letters, digits and _ . : - are allowed")?;
    if text.starts_with(['-', '.']) { Err("it begins with - or .") } else { Ok(text.to_owned()) }
}

/// Digits.
fn number(text: &str) -> Result<String, &'static str> {
    match text.parse::<u64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err("it is not a number"),
    }
}

/// LOCATION of an archive destination.
fn pfile_location(text: &str) -> Result<String, &'static str> {
    sh_path(text).map(|path| format!("'LOCATION={path}'"))
}

fn lines_of_text(text: &str) -> Result<(), &'static str> {
    match text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        true => Err("it holds a control character"),
        false => Ok(()),
    }
}

/// Lines inside a quoted here-document; the shell changes nothing there, only the end word is special.
fn sh_heredoc(text: &str) -> Result<String, &'static str> {
    lines_of_text(text)?;
    if text.lines().any(|line| line == "OVM_END_OF_FILE") {
        return Err("it holds the end of the here-document");
    }
    Ok(text.trim_end().to_owned())
}

/// Text of a page. What is special in HTML is escaped behind it, by the name of the template.
fn html_text(text: &str) -> Result<String, &'static str> {
    lines_of_text(text).map(|()| text.to_owned())
}

/// SQL*Plus text that another template made.
fn sqlplus_script(text: &str) -> Result<String, &'static str> {
    lines_of_text(text).map(|()| text.trim_end().to_owned())
}

/// One word of a command in sudoers(5), exactly: what is a wildcard there is refused, what separates is escaped. An empty
/// word is a blank more between its neighbours, since sudo compares the words joined by blanks.
fn sudoers_word(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Ok("\\".to_owned());
    }
    let bad = |c: char| !c.is_ascii_alphanumeric() && !"_./:@+=,-".contains(c);
    refuse(text, bad, "only letters, digits and _ . / : @ + = , - are allowed")?;
    Ok([",", ":", "="].iter().fold(text.to_owned(), |text, c| text.replace(c, &format!("\\{c}"))))
}

/// The same, where each digit of a run's id is a class of its own: one character, so no blank and no slash.
fn sudoers_run_word(text: &str) -> Result<String, &'static str> {
    const CLASSES: [(&str, &str); 2] = [("[0-9]", "@@1@@"), ("[0-9a-f]", "@@2@@")];
    if text.contains("@@") {
        return Err("it holds @@");
    }
    let plain = CLASSES.iter().fold(text.to_owned(), |text, (class, mark)| text.replace(class, mark));
    let word = sudoers_word(&plain)?;
    Ok(CLASSES.iter().fold(word, |text, (class, mark)| text.replace(mark, class)))
}

/// The rest of a comment line: it must not go on to the next one.
fn sudoers_comment(text: &str) -> Result<String, &'static str> {
    refuse(text, |c| c == '\\', "a backslash at its end would take the next line in")?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn run(filter: &str, text: &str) -> Result<String, &'static str> {
        let (_, check) = FILTERS.iter().find(|(name, _)| *name == filter).unwrap();
        check(text)
    }

    #[rstest]
    #[case("sql_text", "/u02/o'x.dbf")]
    #[case("sql_text", "/u02/a\nb")]
    #[case("sql_text", "?/dbs/x")]
    #[case("sql_name", "a\"b")]
    #[case("sql_name", "")]
    #[case("sql_word", "SYSDBA; DROP")]
    #[case("rman_text", "x';HOST 'id")]
    #[case("rman_word", "a,b=c")]
    #[case("rman_word", "a)b")]
    #[case("rman_connect", "/ AS SYSDBA")]
    #[case("sh_word", "a'b")]
    #[case("sh_single", "rename 'x'")]
    #[case("sh_path", "relative/x")]
    #[case("sh_path", "/u01/../etc")]
    #[case("sh_path", "/u01/$(id)")]
    #[case("bare_word", "-rf")]
    #[case("number", "1 OR 1=1")]
    #[case("number", "-1")]
    #[case("sh_heredoc", "x\nOVM_END_OF_FILE\nrm -rf /")]
    #[case("sqlplus_script", "a\u{0}b")]
    #[case("sudoers_word", "/u02/*")]
    #[case("sudoers_word", "/u02/[a]")]
    #[case("sudoers_word", "/u02 ALL")]
    #[case("sudoers_word", "/u02\noracle ALL=(ALL) ALL")]
    #[case("sudoers_word", "!ALL")]
    #[case("sudoers_run_word", "/u02/[!x]")]
    #[case("sudoers_run_word", "@@1@@")]
    #[case("sudoers_comment", "a\\")]
    #[case("sudoers_comment", "a\noracle ALL=(ALL) ALL")]
    fn refused(#[case] filter: &str, #[case] text: &str) {
        assert!(run(filter, text).is_err(), "{filter} let {text:?} through");
    }

    #[rstest]
    #[case("sql_text", "/u02/oradata/ORCL/users01.dbf", "'/u02/oradata/ORCL/users01.dbf'")]
    #[case("sql_name", "USERS", "\"USERS\"")]
    #[case("sh_word", "a b;$(id)", "'a b;$(id)'")]
    #[case("sh_word", "", "''")]
    #[case("rman_connect", "SYSDBA", "/")]
    #[case("number", "281474976710656", "281474976710656")]
    #[case("sudoers_word", "rw,logdev=/dev/xvdd", "rw\\,logdev\\=/dev/xvdd")]
    #[case("sudoers_word", "", "\\")]
    #[case("sudoers_run_word", "/h/ORCL-[0-9]T-[0-9a-f]/a=b", "/h/ORCL-[0-9]T-[0-9a-f]/a\\=b")]
    fn let_through(#[case] filter: &str, #[case] text: &str, #[case] out: &str) {
        assert_eq!(run(filter, text).unwrap(), out);
    }

    proptest! {
        #[test]
        fn no_filter_lets_a_text_out_of_its_quotes(text in "\\PC{0,30}|[ -~\\n\\t\\x00]{0,30}") {
            // Whole texts, and what is escaped behind its filter, are not inside quotes.
            let quoted = |name: &str| !["sh_heredoc", "sqlplus_script", "html_text", "sudoers_comment"].contains(&name);
            for (name, _) in FILTERS.iter().filter(|(name, _)| quoted(name)) {
                if let Ok(out) = run(name, &text) {
                    prop_assert!(!out.chars().any(char::is_control), "{name}");
                    prop_assert!(out.matches('\'').count() <= 2, "{name}");
                    prop_assert!(!out.contains('\\') && !out.contains('`') || ["sql_text", "pfile_text", "rman_text", "sudoers_word", "sudoers_run_word", "sudoers_comment"].contains(name));
                }
            }
        }
    }
}
