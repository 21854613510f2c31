//! SET.

use super::shell::Shell;
use crate::context::Oracle;

/// CSV output (SET MARKUP CSV, 12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csv {
    /// DELIMITER
    pub delimiter: char,
    /// QUOTE
    pub quote: bool,
}

/// The system variables that change what the lab's SQL*Plus does.
#[derive(Debug, Clone)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Settings {
    pub echo: bool,
    /// Rows from which the count is told; `None` is OFF.
    pub feedback: Option<u64>,
    pub timing: bool,
    pub verify: bool,
    pub heading: bool,
    pub pagesize: usize,
    pub linesize: usize,
    pub trimout: bool,
    pub trimspool: bool,
    pub tab: bool,
    /// The substitution sign; `None` is DEFINE OFF.
    pub define: Option<char>,
    pub sqlprompt: String,
    pub long: u64,
    pub longchunksize: u64,
    pub numwidth: usize,
    pub numformat: String,
    pub colsep: String,
    pub serveroutput: bool,
    pub termout: bool,
    pub time: bool,
    pub sqlblanklines: bool,
    pub escape: Option<char>,
    pub null: String,
    pub underline: Option<char>,
    pub autorecovery: bool,
    pub wrap: bool,
    pub recsep: bool,
    pub errordetails: bool,
    pub csv: Option<Csv>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            echo: false,
            feedback: Some(6),
            timing: false,
            verify: true,
            heading: true,
            pagesize: 14,
            linesize: 80,
            trimout: true,
            trimspool: false,
            tab: true,
            define: Some('&'),
            sqlprompt: "SQL> ".to_owned(),
            long: 80,
            longchunksize: 80,
            numwidth: 10,
            numformat: String::new(),
            colsep: " ".to_owned(),
            serveroutput: false,
            termout: true,
            time: false,
            sqlblanklines: false,
            escape: None,
            null: String::new(),
            underline: Some('-'),
            autorecovery: false,
            wrap: true,
            recsep: true,
            errordetails: true,
            csv: None,
        }
    }
}

/// Options with a minimal spelling, longest first where one begins another.
const NAMES: &[(&str, usize)] = &[
    ("APPINFO", 4),
    ("ARRAYSIZE", 5),
    ("AUTOCOMMIT", 4),
    ("AUTOPRINT", 5),
    ("AUTORECOVERY", 5),
    ("AUTOTRACE", 5),
    ("BLOCKTERMINATOR", 3),
    ("CMDSEP", 4),
    ("COLSEP", 6),
    ("CONCAT", 3),
    ("COPYCOMMIT", 5),
    ("DEFINE", 3),
    ("ECHO", 4),
    ("EDITFILE", 5),
    ("EMBEDDED", 3),
    ("ERRORDETAILS", 12),
    ("ERRORLOGGING", 4),
    ("ESCAPE", 3),
    ("EXITCOMMIT", 5),
    ("FEEDBACK", 4),
    ("FLAGGER", 4),
    ("FLUSH", 3),
    ("HEADING", 3),
    ("HEADSEP", 5),
    ("HISTORY", 4),
    ("INSTANCE", 8),
    ("LINESIZE", 3),
    ("LOBOFFSET", 5),
    ("LOGSOURCE", 6),
    ("LONGCHUNKSIZE", 5),
    ("LONG", 4),
    ("MARKUP", 4),
    ("NEWPAGE", 4),
    ("NULL", 4),
    ("NUMFORMAT", 4),
    ("NUMWIDTH", 3),
    ("PAGESIZE", 5),
    ("PAUSE", 3),
    ("RECSEPCHAR", 10),
    ("RECSEP", 6),
    ("ROWLIMIT", 8),
    ("ROWPREFETCH", 11),
    ("SERVEROUTPUT", 9),
    ("SHIFTINOUT", 5),
    ("SHOWMODE", 4),
    ("SQLBLANKLINES", 5),
    ("SQLCASE", 4),
    ("SQLCONTINUE", 5),
    ("SQLNUMBER", 4),
    ("SQLPREFIX", 6),
    ("SQLPROMPT", 4),
    ("SQLTERMINATOR", 4),
    ("STATEMENTCACHE", 14),
    ("SUFFIX", 3),
    ("TAB", 3),
    ("TERMOUT", 4),
    ("TIMING", 4),
    ("TIME", 2),
    ("TRIMOUT", 4),
    ("TRIMSPOOL", 5),
    ("UNDERLINE", 3),
    ("VERIFY", 3),
    ("WRAP", 3),
    ("XQUERY", 6),
];

/// The full name of an option.
fn full(word: &str, release: Oracle) -> Option<&'static str> {
    let fits = |(name, least): &&(&str, usize)| word.len() >= *least && name.starts_with(word);
    let name = NAMES.iter().find(fits)?.0;
    let since = match name {
        "HISTORY" | "ROWPREFETCH" | "STATEMENTCACHE" => Oracle::V12_2,
        "ROWLIMIT" => Oracle::V19,
        "ERRORDETAILS" => Oracle::V23,
        _ => Oracle::V11_2,
    };
    (release >= since).then_some(name)
}

/// Words of a SET line; quoted ones keep their blanks.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut current, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => current.push(c),
            None if c == '\'' || c == '"' => (quote, any) = (Some(c), true),
            None if c.is_whitespace() => {
                if any || !current.is_empty() {
                    words.push(std::mem::take(&mut current));
                }
                any = false;
            }
            None => current.push(c),
        }
    }
    if any || !current.is_empty() {
        words.push(current);
    }
    words
}

impl Shell<'_> {
    /// SET option value [option value …]
    pub fn set(&mut self, text: &str) {
        let words = words(text);
        let mut rest = words.as_slice();
        if rest.is_empty() {
            return self.say("SP2-0281: SET option missing set option\nUsage: SET SET option [ON|OFF] ");
        }
        while let Some((word, values)) = rest.split_first() {
            let Some(name) = full(&word.to_uppercase(), self.context.oracle) else {
                return self.say(&format!("SP2-0158: unknown SET option \"{word}\""));
            };
            match self.option(name, word, values) {
                Ok(used) => rest = &values[used.min(values.len())..],
                Err(text) => return self.say(&text),
            }
        }
    }

    /// One option; gives how many words its value took.
    fn option(&mut self, name: &str, word: &str, values: &[String]) -> Result<usize, String> {
        let first = values.first().map(String::as_str);
        if name == "MARKUP" {
            return self.markup(values);
        }
        if let Some(flag) = self.flag(name) {
            *flag = on_off(word, first)?;
            // SERVEROUTPUT ON [SIZE n] [FORMAT f] takes what is left.
            return Ok(if name == "SERVEROUTPUT" { values.len() } else { 1 });
        }
        self.value(name, word, first)
    }

    fn flag(&mut self, name: &str) -> Option<&mut bool> {
        let s = &mut self.set;
        Some(match name {
            "ECHO" => &mut s.echo,
            "TIMING" => &mut s.timing,
            "VERIFY" => &mut s.verify,
            "HEADING" => &mut s.heading,
            "TRIMOUT" => &mut s.trimout,
            "TRIMSPOOL" => &mut s.trimspool,
            "TAB" => &mut s.tab,
            "SERVEROUTPUT" => &mut s.serveroutput,
            "TERMOUT" => &mut s.termout,
            "TIME" => &mut s.time,
            "SQLBLANKLINES" => &mut s.sqlblanklines,
            "AUTORECOVERY" => &mut s.autorecovery,
            "WRAP" => &mut s.wrap,
            _ => return None,
        })
    }

    fn value(&mut self, name: &str, word: &str, value: Option<&str>) -> Result<usize, String> {
        let missing = || format!("SP2-0281: {word} missing set option\nUsage: SET {name} ...");
        let text = || value.ok_or_else(missing);
        let s = &mut self.set;
        match name {
            "FEEDBACK" => s.feedback = feedback(word, text()?)?,
            "PAGESIZE" => s.pagesize = number(word, text()?, 0, 50_000)?,
            "LINESIZE" => s.linesize = number(word, text()?, 1, 32_767)?,
            "NUMWIDTH" => s.numwidth = number(word, text()?, 2, 50)?,
            "LONG" => s.long = number(word, text()?, 1, 2_000_000_000)? as u64,
            "LONGCHUNKSIZE" => s.longchunksize = number(word, text()?, 1, 2_000_000_000)? as u64,
            "DEFINE" => s.define = sign(text()?, '&'),
            "ESCAPE" => s.escape = sign(text()?, '\\'),
            "UNDERLINE" => s.underline = sign(text()?, '-'),
            "SQLPROMPT" => value.unwrap_or("").clone_into(&mut s.sqlprompt),
            "COLSEP" => value.unwrap_or("").clone_into(&mut s.colsep),
            "NUMFORMAT" => value.unwrap_or("").clone_into(&mut s.numformat),
            "NULL" => value.unwrap_or("").clone_into(&mut s.null),
            "RECSEP" => s.recsep = !text()?.eq_ignore_ascii_case("off"),
            "ERRORDETAILS" => s.errordetails = !text()?.eq_ignore_ascii_case("off"),
            // Taken and without effect on what the lab prints.
            _ => drop(text()?),
        }
        Ok(1)
    }

    /// SET MARKUP CSV ON [DELIMITER c] [QUOTE ON|OFF]; HTML output is not there.
    pub fn markup(&mut self, values: &[String]) -> Result<usize, String> {
        let upper: Vec<_> = values.iter().map(|v| v.to_uppercase()).collect();
        match upper.first().map(String::as_str) {
            Some("CSV") if self.context.oracle >= Oracle::V12_2 => {}
            Some("HTML") if upper.get(1).is_some_and(|w| w == "OFF") => return Ok(2),
            other => {
                let word = other.unwrap_or("");
                return Err(format!("SP2-0158: unknown SET MARKUP option \"{word}\""));
            }
        }
        let mut csv = Csv { delimiter: ',', quote: true };
        let on = on_off("CSV", upper.get(1).map(String::as_str))?;
        let mut used = 2;
        while let Some(word) = upper.get(used) {
            let value = values.get(used + 1).ok_or("SP2-0281: CSV missing set option")?;
            match word.as_str() {
                "DELIMITER" | "DELIM" => csv.delimiter = value.chars().next().unwrap_or(','),
                "QUOTE" => csv.quote = on_off("QUOTE", Some(value))?,
                _ => break,
            }
            used += 2;
        }
        self.set.csv = on.then_some(csv);
        Ok(used)
    }
}

fn on_off(word: &str, value: Option<&str>) -> Result<bool, String> {
    match value.map(str::to_uppercase).as_deref() {
        Some("ON") => Ok(true),
        Some("OFF") => Ok(false),
        _ => Err(format!("SP2-0265: {} must be set ON or OFF", word.to_lowercase())),
    }
}

fn feedback(word: &str, value: &str) -> Result<Option<u64>, String> {
    match value.to_uppercase().as_str() {
        "ON" => Ok(Some(1)),
        "OFF" | "0" => Ok(None),
        // 18c and later: only the count, which nothing here asks for.
        "ONLY" => Ok(Some(1)),
        _ => number(word, value, 0, 50_000).map(|n| Some(n as u64)),
    }
}

fn number(word: &str, value: &str, least: usize, most: usize) -> Result<usize, String> {
    let word = word.to_lowercase();
    let number: usize = value.parse().map_err(|_| format!("SP2-0268: {word} option not a valid number"))?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("SP2-0267: {word} option {number} out of range ({least} through {most})"))
    }
}

/// ON, OFF or a sign of its own.
fn sign(value: &str, usual: char) -> Option<char> {
    match value.to_uppercase().as_str() {
        "ON" => Some(usual),
        "OFF" => None,
        _ => value.chars().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("PAGES", Oracle::V19, Some("PAGESIZE"))]
    #[case("LIN", Oracle::V19, Some("LINESIZE"))]
    #[case("FEED", Oracle::V11_2, Some("FEEDBACK"))]
    #[case("TI", Oracle::V11_2, Some("TIME"))]
    #[case("TIMI", Oracle::V11_2, Some("TIMING"))]
    #[case("HISTORY", Oracle::V11_2, None)]
    #[case("FOO", Oracle::V19, None)]
    fn spellings(#[case] word: &str, #[case] release: Oracle, #[case] want: Option<&str>) {
        assert_eq!(full(word, release), want);
    }

    #[test]
    fn quoted_words_keep_blanks() {
        assert_eq!(words("colsep ' | ' sqlprompt ''"), ["colsep", " | ", "sqlprompt", ""]);
    }
}
