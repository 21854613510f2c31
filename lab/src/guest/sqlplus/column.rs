//! COLUMN: how single columns are shown.

use super::shell::Shell;

/// What COLUMN said of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// `FORMAT An`
    pub width: Option<usize>,
    /// `FORMAT 999,990`
    pub model: Option<String>,
    /// HEADING
    pub heading: Option<String>,
    /// NOPRINT
    pub hidden: bool,
    /// NEW_VALUE: the DEFINE variable that takes the last value.
    pub variable: Option<String>,
}

impl Shell<'_> {
    /// COLUMN name [FORMAT f] [HEADING t] [NOPRINT | PRINT] [NEW_VALUE v] [CLEAR]
    pub fn column(&mut self, text: &str) {
        let words = super::settings::words(text);
        let Some((name, options)) = words.split_first() else { return };
        let name = name.to_uppercase();
        let mut look = self.columns.get(&name).cloned().unwrap_or_default();
        let mut options = options.iter();
        while let Some(word) = options.next() {
            match word.to_uppercase().as_str() {
                "CLEAR" | "CLE" => look = Look::default(),
                "NOPRINT" | "NOPRI" => look.hidden = true,
                "PRINT" | "PRI" => look.hidden = false,
                "FORMAT" | "FOR" => format(&mut look, options.next().map_or("", String::as_str)),
                "HEADING" | "HEA" => look.heading = options.next().cloned(),
                "NEW_VALUE" | "NEW_V" => look.variable = options.next().map(|v| v.to_uppercase()),
                "ON" | "OFF" | "WRAPPED" | "WRA" | "WORD_WRAPPED" | "WOR" | "TRUNCATED" | "TRU" => {}
                "JUSTIFY" | "JUS" | "NULL" | "NUL" | "ALIAS" | "ALI" | "LIKE" | "OLD_VALUE" | "OLD_V" => {
                    let _ = options.next();
                }
                other => return self.say(&format!("SP2-0158: unknown COLUMN option \"{}\"", other.to_lowercase())),
            }
        }
        self.columns.insert(name, look);
    }
}

fn format(look: &mut Look, text: &str) {
    let width = text.strip_prefix(['a', 'A']).and_then(|w| w.parse().ok());
    match width {
        Some(width) => look.width = Some(width),
        None => look.model = Some(text.to_owned()),
    }
}
