//! `&name` and `&&name`.

use super::shell::Shell;

impl Shell<'_> {
    /// A line with its variables put in; `None` when the input ended at the question for a value.
    pub fn substituted(&mut self, line: &str) -> Option<String> {
        let Some(sign) = self.set.define else { return Some(line.to_owned()) };
        if !line.contains(sign) {
            return Some(line.to_owned());
        }
        let mut out = String::new();
        let mut rest = line;
        let mut changed = false;
        while let Some(at) = rest.find(sign) {
            let (before, after) = rest.split_at(at);
            let escaped = self.set.escape.and_then(|e| before.strip_suffix(e));
            let after = &after[sign.len_utf8()..];
            let double = after.strip_prefix(sign);
            let name: String = double.unwrap_or(after).chars().take_while(|c| is_name(*c)).collect();
            if let Some(kept) = escaped.map(str::to_owned).or_else(|| name.is_empty().then(|| before.to_owned())) {
                out.push_str(&kept);
                out.push(sign);
                rest = after;
                continue;
            }
            out.push_str(before);
            out.push_str(&self.variable_value(&name, double.is_some())?);
            changed = true;
            let tail = &double.unwrap_or(after)[name.len()..];
            rest = tail.strip_prefix('.').unwrap_or(tail);
        }
        out.push_str(rest);
        if changed {
            self.verify(line, &out);
        }
        Some(out)
    }

    fn verify(&mut self, old: &str, new: &str) {
        if self.set.verify && !self.silent {
            let (old, new) =
                (format!("old   1: {}", old.trim_end_matches(';')), format!("new   1: {}", new.trim_end_matches(';')));
            self.say(&old);
            self.say(&new);
        }
    }

    fn variable_value(&mut self, name: &str, keep: bool) -> Option<String> {
        let upper = name.to_uppercase();
        let place = name.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(value) = place.and_then(|n| self.scripts.last()?.args.get(n)) {
            return Some(value.clone());
        }
        if let Some(value) = self.defines.get(&upper) {
            return Some(value.clone());
        }
        self.put(&format!("Enter value for {}: ", name.to_lowercase()));
        let Some(value) = self.typed_line() else {
            self.say("");
            self.say("SP2-0546: User requested Interrupt or EOF detected.");
            return None;
        };
        if keep {
            self.defines.insert(upper, value.clone());
        }
        Some(value)
    }

    /// DEFINE name = value; DEFINE alone lists.
    pub fn define(&mut self, text: &str) {
        match text.split_once('=') {
            Some((name, value)) => {
                let value = super::settings::words(value.trim()).join(" ");
                self.defines.insert(name.trim().to_uppercase(), value);
            }
            None if text.is_empty() => {
                for (name, value) in self.defines.clone() {
                    self.say(&format!("DEFINE {name:<15} = \"{value}\" (CHAR)"));
                }
            }
            None => match self.defines.get(&text.to_uppercase()).cloned() {
                Some(value) => self.say(&format!("DEFINE {:<15} = \"{value}\" (CHAR)", text.to_uppercase())),
                None => self.say(&format!("SP2-0135: symbol {} is UNDEFINED", text.to_lowercase())),
            },
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#')
}
