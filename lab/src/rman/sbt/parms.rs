//! PARMS: `SBT_LIBRARY=lib,ENV=(A=b,C=d),BLKSIZE=n` (Backup and Recovery Reference, "PARMS").

use std::collections::BTreeMap;

/// What PARMS says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parms {
    /// SBT_LIBRARY
    pub library: Option<String>,
    /// ENV, the names in upper case.
    pub environment: BTreeMap<String, String>,
}

impl Parms {
    /// Reads the text. Unknown keys belong to the media manager and are its business.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parms = Self::default();
        for (key, value) in assignments(text) {
            match key.to_uppercase().as_str() {
                "SBT_LIBRARY" => parms.library = Some(value),
                "ENV" => {
                    let inner = value.trim_start_matches('(').trim_end_matches(')');
                    parms.environment = assignments(inner).into_iter().map(|(k, v)| (k.to_uppercase(), v)).collect();
                }
                _ => {}
            }
        }
        parms
    }
}

/// `a=b, c=(d=e,f)` split at the commas (or blanks) outside of parentheses.
fn assignments(text: &str) -> Vec<(String, String)> {
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for char in text.chars() {
        depth += i32::from(char == '(') - i32::from(char == ')');
        match char {
            ',' | ' ' | '\n' | '\t' if depth == 0 => parts.push(String::new()),
            other => parts.last_mut().into_iter().for_each(|part| part.push(other)),
        }
    }
    let pair = |part: &String| part.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned()));
    parts.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_and_environment() {
        let parms =
            Parms::parse("SBT_LIBRARY=oracle.disksbt, ENV=(BACKUP_DIR=/tape/a, Orasbt_sim_error=sbtbackup),BLKSIZE=1");
        assert_eq!(parms.library.as_deref(), Some("oracle.disksbt"));
        assert_eq!(parms.environment["BACKUP_DIR"], "/tape/a");
        assert_eq!(parms.environment["ORASBT_SIM_ERROR"], "sbtbackup");
        assert_eq!(Parms::parse(""), Parms::default());
    }
}
