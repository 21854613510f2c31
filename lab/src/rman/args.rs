//! RMAN's command line: `rman target '"/ as sysbackup"' cmdfile=f log=f append`. Words may stand with or without `=`.

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args {
    /// TARGET
    pub target: Option<String>,
    /// CATALOG
    pub catalog: Option<String>,
    /// CMDFILE, or `@file`
    pub cmdfile: Option<String>,
    /// LOG, MSGLOG
    pub log: Option<String>,
    /// APPEND
    pub append: bool,
    /// CHECKSYNTAX
    pub checksyntax: bool,
    /// USING
    pub using: Vec<String>,
}

impl Args {
    /// Reads the arguments; the wrong one, if any.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let mut args = Self::default();
        let mut rest = words.iter().map(String::as_str);
        let mut using = false;
        while let Some(word) = rest.next() {
            let (name, inline) =
                word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value.to_owned())));
            let mut value = || inline.clone().filter(|v| !v.is_empty()).or_else(|| next_value(&mut rest));
            match name.to_lowercase().trim_start_matches('-') {
                "target" => args.target = Some(value().ok_or(word)?),
                "catalog" | "rcvcat" => args.catalog = Some(value().ok_or(word)?),
                "cmdfile" => args.cmdfile = Some(value().ok_or(word)?),
                "log" | "msglog" => args.log = Some(value().ok_or(word)?),
                "append" => args.append = true,
                "nocatalog" | "msgno" => {}
                "checksyntax" => args.checksyntax = true,
                "using" => using = true,
                _ if word.starts_with('@') => args.cmdfile = Some(word[1..].to_owned()),
                _ if using => args.using.push(word.to_owned()),
                _ => return Err(word.to_owned()),
            }
        }
        for text in [&mut args.cmdfile, &mut args.log].into_iter().flatten() {
            *text = text.trim_matches(['"', '\'']).to_owned();
        }
        Ok(args)
    }
}

fn next_value<'a>(rest: &mut impl Iterator<Item = &'a str>) -> Option<String> {
    match rest.next()? {
        "=" => rest.next().map(str::to_owned),
        value => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args, String> {
        Args::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn with_and_without_equals_signs() {
        let args =
            parse(&["target", "\"/ as sysbackup\"", "nocatalog", "cmdfile=a.rman", "log", "b.log", "append"]).unwrap();
        assert_eq!(args.target.as_deref(), Some("\"/ as sysbackup\""));
        assert_eq!((args.cmdfile.as_deref(), args.log.as_deref(), args.append), (Some("a.rman"), Some("b.log"), true));
        assert_eq!(parse(&["@x", "using", "1", "2"]).unwrap().using, ["1", "2"]);
        assert_eq!(parse(&["frob"]).unwrap_err(), "frob");
        assert_eq!(parse(&["cmdfile"]).unwrap_err(), "cmdfile");
    }
}
