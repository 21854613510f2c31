//! SHOW and DESCRIBE.

use super::column::Look;
use super::shell::{Link, Shell};
use super::table;
use crate::db::api::OraError;
use crate::db::server::{Answer, Request};
use crate::db::sql::OutColumn;
use crate::db::view::Kind;

impl Shell<'_> {
    /// SHOW …
    pub fn show(&mut self, rest: &str) {
        let (word, argument) = rest.split_once(char::is_whitespace).map_or((rest, ""), |(w, a)| (w, a.trim()));
        let upper = word.to_uppercase();
        let is = |least: usize, full: &str| upper.len() >= least && full.starts_with(&upper);
        match () {
            () if is(5, "PARAMETERS") => self.show_parameters(argument),
            () if is(4, "USER") => self.show_user(),
            () if is(3, "SGA") => self.show_sga(),
            () if is(3, "RELEASE") => self.show_release(),
            () if is(7, "SQLCODE") => self.say(&format!("sqlcode {}", self.sqlcode)),
            () if is(3, "ERRORS") => self.say("No errors."),
            () if upper == "PDBS" => self.show_pdbs(),
            () if upper == "CON_NAME" => self.show_con_name(),
            () => self.show_setting(&upper, word),
        }
    }

    fn show_user(&mut self) {
        let user = match &self.link {
            Link::Up(_, role) => role.user(),
            _ => "",
        };
        let text = format!("USER is \"{user}\"");
        self.say(&text);
    }

    fn show_sga(&mut self) {
        match &self.link {
            Link::None => self.say("SP2-0640: Not connected"),
            Link::Up(..) => {
                self.say("");
                self.sga();
            }
            _ => self.complain(&super::statement::unavailable()),
        }
    }

    /// `release 1900000000`
    fn show_release(&mut self) {
        let parts: Vec<u32> = self.context.oracle.version().split('.').filter_map(|p| p.parse().ok()).collect();
        let text: String = parts.iter().map(|p| format!("{p:02}")).collect();
        self.say(&format!("release {}", text.trim_start_matches('0')));
    }

    /// SHOW PDBS of 12.2 and later: the containers besides the root.
    fn show_pdbs(&mut self) {
        let query = "SELECT con_id, name con_name, open_mode \"OPEN MODE\", restricted FROM v$pdbs ORDER BY con_id";
        let Some(mut rows) = self.query(query) else { return };
        for (column, width) in rows.columns.iter_mut().skip(1).zip([30, 10, 10]) {
            (column.width, column.kind) = (width, Kind::Text(width));
        }
        self.rows_plain(&rows);
    }

    /// The sessions of the lab are in the root.
    fn show_con_name(&mut self) {
        let query = "SELECT DECODE(cdb, 'YES', 'CDB$ROOT', name) con_name FROM v$database";
        let Some(mut rows) = self.query(query) else { return };
        rows.columns.iter_mut().for_each(|column| (column.width, column.kind) = (30, Kind::Text(30)));
        self.rows_plain(&rows);
    }

    fn rows_plain(&mut self, rows: &crate::db::sql::Rows) {
        let looks = std::collections::BTreeMap::<String, Look>::new();
        let set = super::settings::Settings { recsep: false, ..self.set.clone() };
        for line in table::lines(rows, &set, &looks) {
            self.row(&line);
        }
    }

    /// The columns of SHOW PARAMETERS have widths of their own (SQL*Plus User's Guide, SHOW).
    fn show_parameters(&mut self, like: &str) {
        let pattern = like.replace('\'', "''").to_uppercase();
        let query = format!(
            "SELECT name, DECODE(type, 1, 'boolean', 2, 'string', 3, 'integer', 6, 'big integer', 'unknown') type, \
             display_value value FROM v$parameter WHERE UPPER(name) LIKE '%{pattern}%' ORDER BY name"
        );
        let Some(mut rows) = self.query(&query) else { return };
        let widths = [36, 11, 30];
        for (column, width) in rows.columns.iter_mut().zip(widths) {
            (column.width, column.kind) = (width, Kind::Text(width));
        }
        self.rows_plain(&rows);
    }

    fn show_setting(&mut self, upper: &str, word: &str) {
        let s = &self.set;
        let flag = |on: bool| if on { "ON" } else { "OFF" };
        let text = match upper {
            "LINESIZE" | "LIN" => format!("linesize {}", s.linesize),
            "PAGESIZE" | "PAGES" => format!("pagesize {}", s.pagesize),
            "NUMWIDTH" | "NUM" => format!("numwidth {}", s.numwidth),
            "LONG" => format!("long {}", s.long),
            "LONGCHUNKSIZE" => format!("longchunksize {}", s.longchunksize),
            "ECHO" => format!("echo {}", flag(s.echo)),
            "HEADING" | "HEA" => format!("heading {}", flag(s.heading)),
            "VERIFY" | "VER" => format!("verify {}", flag(s.verify)),
            "TIMING" | "TIMI" => format!("timing {}", flag(s.timing)),
            "TERMOUT" => format!("termout {}", flag(s.termout)),
            "TRIMSPOOL" => format!("trimspool {}", flag(s.trimspool)),
            "SERVEROUTPUT" => format!("serveroutput {}", flag(s.serveroutput)),
            "AUTORECOVERY" => format!("autorecovery {}", flag(s.autorecovery)),
            "FEEDBACK" | "FEED" => {
                s.feedback.map_or("feedback OFF".to_owned(), |n| format!("FEEDBACK ON for {n} or more rows"))
            }
            _ => format!("SP2-0158: unknown SHOW option \"{word}\""),
        };
        self.say(&text);
    }

    /// DESCRIBE
    pub fn describe(&mut self, name: &str) {
        let answer = match &mut self.link {
            Link::Up(client, _) => client.request(&Request::Describe(name.to_owned())),
            Link::None => return self.say("SP2-0640: Not connected"),
            _ => Err(OraError::new(1034, "ORACLE not available")),
        };
        match answer {
            Ok(Answer::Columns(columns)) => self.described(&columns),
            Ok(Answer::Failed(error)) => {
                self.say(&format!("ERROR:\n{}\n\n", error.error));
            }
            Ok(_) => {}
            Err(error) => self.say(&format!("ERROR:\n{error}\n\n")),
        }
    }

    fn described(&mut self, columns: &[OutColumn]) {
        self.row(&format!(" {:<41} {:<8} {}", "Name", "Null?", "Type"));
        self.row(&format!(" {:-<41} {:-<8} {:-<28}", "", "", ""));
        for column in columns {
            let kind = match column.kind {
                Kind::Number => "NUMBER".to_owned(),
                Kind::Text(width) => format!("VARCHAR2({width})"),
                Kind::Date => "DATE".to_owned(),
                Kind::Stamp => "TIMESTAMP(3) WITH TIME ZONE".to_owned(),
                Kind::Null => String::new(),
            };
            self.row(&format!(" {:<41} {:<8} {kind}", column.name, ""));
        }
    }
}
