//! The grammar of a command line: `verb Type {id=…|name=…} key=value … [on|to|from Type {id|name}=…]`.
//!
//! Quotes are `'` or `"`; `/` escapes inside them, and a `/` outside is doubled (concepts guide, preface; the refresh
//! page). Verbs, types and keys are taken in any letter case.

/// How an object is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `id=…`
    Id(String),
    /// `name=…`; not unique
    Name(String),
}

/// The part after `on`, `to` or `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// `on`, `to` or `from`, in lower case.
    pub word: String,
    /// The type as written.
    pub kind: String,
    /// The object.
    pub instance: Selector,
}

/// One command, taken apart but not yet understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The first word as written.
    pub verb: String,
    /// The second word, if there is one.
    pub kind: Option<String>,
    /// `key=value` in their order.
    pub pairs: Vec<(String, String)>,
    /// `on Type id=…`
    pub relation: Option<Relation>,
    /// The command ends in `?`: help on its keys is wanted.
    pub question: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Pair(String, String),
}

/// Splits an exec string at the semicolons that stand outside quotes. Empty commands are left out.
#[must_use]
pub fn split(line: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    let mut quote = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ';' && quote.is_none() {
            commands.push(String::new());
            continue;
        }
        push(&mut commands, c);
        match quote {
            Some(_) if c == '/' && chars.peek().is_some_and(|n| is_special(*n)) => {
                if let Some(next) = chars.next() {
                    push(&mut commands, next);
                }
            }
            Some(q) if c == q => quote = None,
            None if is_quote(c) => quote = Some(c),
            _ => {}
        }
    }
    commands.into_iter().map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect()
}

fn push(commands: &mut [String], c: char) {
    if let Some(last) = commands.last_mut() {
        last.push(c);
    }
}

const fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"')
}

const fn is_special(c: char) -> bool {
    is_quote(c) || c == '/'
}

/// Takes one command apart. `swallow`: a `/` inside quotes goes away before any character, not only before quotes and
/// `/` (quirk `slash-escape`).
pub fn parse(line: &str, swallow: bool) -> Result<Request, String> {
    let mut tokens = tokens(line, swallow)?;
    let question = tokens.last() == Some(&Token::Word("?".to_owned())) && tokens.len() > 1;
    if question {
        tokens.pop();
    }
    let mut rest = tokens.into_iter().peekable();
    let verb = match rest.next() {
        Some(Token::Word(word)) => word,
        Some(Token::Pair(key, _)) => return Err(format!("Unexpected text before the command: {key}=")),
        None => return Err("Empty command".to_owned()),
    };
    let mut request = Request { verb, question, ..Request::default() };
    if let Some(Token::Word(word)) = rest.peek() {
        request.kind = Some(word.clone());
        rest.next();
    }
    while let Some(token) = rest.next() {
        match token {
            Token::Pair(key, value) => request.pairs.push((key, value)),
            Token::Word(word) => {
                request.relation = Some(relation(&word, &mut rest)?);
                break;
            }
        }
    }
    match rest.next() {
        None => Ok(request),
        Some(Token::Word(word) | Token::Pair(word, _)) => Err(format!("Unexpected text after the command: {word}")),
    }
}

fn relation(word: &str, rest: &mut impl Iterator<Item = Token>) -> Result<Relation, String> {
    let lower = word.to_lowercase();
    if !matches!(lower.as_str(), "on" | "to" | "from") {
        return Err(format!("Unexpected text: {word}"));
    }
    let Some(Token::Word(kind)) = rest.next() else {
        return Err(format!("An object type is expected after {word}"));
    };
    let Some(Token::Pair(key, value)) = rest.next() else {
        return Err(format!("id= or name= is expected after {word} {kind}"));
    };
    Ok(Relation { word: lower, kind, instance: selector(&key, value)? })
}

/// `id=…` or `name=…`.
pub fn selector(key: &str, value: String) -> Result<Selector, String> {
    match key.to_lowercase().as_str() {
        "id" => Ok(Selector::Id(value)),
        "name" => Ok(Selector::Name(value)),
        _ => Err(format!("id= or name= is expected, not {key}=")),
    }
}

fn tokens(line: &str, swallow: bool) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(found);
        }
        found.push(token(&mut chars, swallow)?);
    }
}

fn token(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, swallow: bool) -> Result<Token, String> {
    let mut key = None;
    let mut text = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
        match c {
            '=' if key.is_none() => key = Some(std::mem::take(&mut text)),
            c if is_quote(c) => quoted(c, chars, &mut text, swallow)?,
            '/' if chars.peek() == Some(&'/') => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    Ok(match key {
        Some(key) => Token::Pair(key, text),
        None => Token::Word(text),
    })
}

fn quoted(
    quote: char,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    text: &mut String,
    swallow: bool,
) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(()),
            '/' if chars.peek().is_some_and(|n| swallow || is_special(*n)) => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    Err(format!("Unterminated {quote} in the command"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("show vm name=a", &["show vm name=a"])]
    #[case("help;exit", &["help", "exit"])]
    #[case("show x id=A; show x id=B;", &["show x id=A", "show x id=B"])]
    #[case("edit Tag id=1 name='a;b';exit", &["edit Tag id=1 name='a;b'", "exit"])]
    #[case(r#"edit Tag id=1 name="it/";s";exit"#, &[r#"edit Tag id=1 name="it/";s""#, "exit"])]
    #[case(" ; ;", &[])]
    fn splits_outside_quotes(#[case] line: &str, #[case] commands: &[&str]) {
        assert_eq!(split(line), commands);
    }

    #[test]
    fn takes_a_create_apart() {
        let request = parse("create VmDiskMapping slot=2 virtualDisk=x name='a b' on vm NAME=slot021", false).unwrap();
        assert_eq!(request.verb, "create");
        assert_eq!(request.kind.as_deref(), Some("VmDiskMapping"));
        assert_eq!(request.pairs[2], ("name".to_owned(), "a b".to_owned()));
        let relation = request.relation.unwrap();
        assert_eq!((relation.word.as_str(), relation.kind.as_str()), ("on", "vm"));
        assert_eq!(relation.instance, Selector::Name("slot021".to_owned()));
    }

    #[rstest]
    #[case(r#"e T id=1 description="HR/'s VMs""#, "HR's VMs")]
    #[case("e T id=1 description='a//b'", "a/b")]
    #[case("e T id=1 description=nfs:a//b", "nfs:a/b")]
    #[case("e T id=1 description=\"\"", "")]
    #[case("e T id=1 description='2026/11/21'", "2026/11/21")]
    #[case("e T id=1 description=a=b", "a=b")]
    fn reads_values(#[case] line: &str, #[case] value: &str) {
        assert_eq!(parse(line, false).unwrap().pairs[1].1, value);
    }

    #[test]
    fn a_slash_may_swallow_itself() {
        assert_eq!(parse("e T id=1 description='2026/11/21'", true).unwrap().pairs[1].1, "20261121");
    }

    #[rstest]
    #[case("show vm name='a")]
    #[case("show vm name=a with b")]
    #[case("create Tag name=a on Vm")]
    #[case("create Tag name=a on Vm id=1 id=2")]
    #[case("create Tag name=a on Vm slot=1")]
    #[case("name=a")]
    #[case("")]
    fn refuses(#[case] line: &str) {
        assert!(parse(line, false).is_err(), "{line}");
    }

    #[test]
    fn sees_the_question() {
        assert!(parse("create Vm ?", false).unwrap().question);
        assert_eq!(parse("?", false).unwrap().verb, "?");
    }

    proptest! {
        #[test]
        fn a_quoted_value_comes_back(value in "[ -~]{0,40}") {
            let escaped = value.replace('/', "//").replace('\'', "/'");
            let line = format!("edit Tag id=1 name='{escaped}'");
            prop_assert_eq!(split(&line), vec![line.clone()]);
            prop_assert_eq!(&parse(&line, false).unwrap().pairs[1].1, &value);
            prop_assert_eq!(&parse(&line, true).unwrap().pairs[1].1, &value);
        }
    }
}
