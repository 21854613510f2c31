//! Anonymous PL/SQL blocks, as far as the lab truly does them: `EXECUTE IMMEDIATE 'statement';` and `NULL;`.

use super::lexer::{Token, tokens};
use super::{Sql, SqlError};

/// The statements that a block executes in turn; anything else is ORA-06550 with PLS-00201.
pub fn parse(text: &str) -> Sql<Vec<String>> {
    let all = tokens(text)?;
    let mut statements = Vec::new();
    if !is(&all, 0, "BEGIN") {
        return Err(refuse(text, &all, 0));
    }
    let mut i = 1;
    while !is(&all, i, "END") {
        i = statement(text, &all, i, &mut statements)?;
    }
    Ok(statements)
}

fn is(all: &[(Token, usize)], i: usize, word: &str) -> bool {
    matches!(all.get(i), Some((Token::Word(w), _)) if w == word)
}

fn statement(text: &str, all: &[(Token, usize)], i: usize, out: &mut Vec<String>) -> Sql<usize> {
    let ends = |i: usize| matches!(all.get(i), Some((Token::Sign(';'), _)));
    if is(all, i, "NULL") && ends(i + 1) {
        return Ok(i + 2);
    }
    match all.get(i + 2) {
        Some((Token::Quoted(sql, false), _)) if is(all, i, "EXECUTE") && is(all, i + 1, "IMMEDIATE") && ends(i + 3) => {
            out.push(sql.clone());
            Ok(i + 4)
        }
        _ => Err(refuse(text, all, i)),
    }
}

/// `ORA-06550: line 1, column 7:` with the name that is not known here.
fn refuse(text: &str, all: &[(Token, usize)], i: usize) -> SqlError {
    let at = all.get(i).map_or_else(|| text.chars().count(), |t| t.1);
    let before: String = text.chars().take(at).collect();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    let why = match all.get(i) {
        Some((Token::Word(name), _)) => format!("PLS-00201: identifier '{name}' must be declared"),
        Some((Token::Sign(c), _)) => {
            format!("PLS-00103: Encountered the symbol \"{c}\" when expecting one of the following:")
        }
        Some((Token::Quoted(t, _), _)) => {
            format!("PLS-00103: Encountered the symbol \"{t}\" when expecting one of the following:")
        }
        None => "PLS-00103: Encountered the symbol \"end-of-file\" when expecting one of the following:".to_owned(),
    };
    let head = format!("line {line}, column {column}:\n{why}");
    let mut error = SqlError::at(at, 6550, head);
    if matches!(all.get(i), Some((Token::Word(_), _))) {
        error.error = error.error.and(6550, format!("line {line}, column {column}:\nPL/SQL: Statement ignored"));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execute_immediate_in_turn() {
        let got = parse("begin\n execute immediate 'alter system checkpoint';\n null;\nend;").unwrap();
        assert_eq!(got, ["alter system checkpoint"]);
    }

    #[test]
    fn the_rest_is_refused_with_its_place() {
        let error = parse("begin\n  dbms_output.put_line('x');\nend;").unwrap_err();
        assert_eq!(error.error.lines[0].1, "line 2, column 3:\nPLS-00201: identifier 'DBMS_OUTPUT' must be declared");
    }
}
