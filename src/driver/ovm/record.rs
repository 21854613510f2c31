//! The data lines of a block: `id:…  name:…` of lists, `Label = value` of shows.

use super::block::Unclear;
use crate::model::ObjectId;
use serde::{Deserialize, Serialize};

/// An object as lists and references name it. The name is as the manager shows it and is never sent back unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ref {
    /// Its id.
    pub id: ObjectId,
    /// Its name; 3.2 gives none for disk mappings.
    pub name: Option<String>,
}

impl Ref {
    /// Whether it carries exactly this name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }

    /// The name, else the id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }
}

fn object_id(text: &str) -> Result<ObjectId, Unclear> {
    ObjectId::new(text).map_err(|error| Unclear::new(error.to_string()))
}

/// The lines of a `list` (or of a create). `None` is the empty list; any other line that does not fit is an error.
pub fn entries(data: &[String]) -> Result<Vec<Ref>, Unclear> {
    let filled = data.iter().filter(|line| !matches!(line.trim(), "" | "None"));
    filled.map(|line| entry(line)).collect()
}

/// `  id:0004fb…  name:anything`: an id holds no blank, a name may hold everything.
fn entry(line: &str) -> Result<Ref, Unclear> {
    let unclear = || Unclear::new(format!("`{}` is not a line of a list", line.trim()));
    let rest = line.trim_start().strip_prefix("id:").ok_or_else(unclear)?;
    let (id, name) = rest.split_once(char::is_whitespace).ok_or_else(unclear)?;
    let name = name.trim_start().strip_prefix("name:").ok_or_else(unclear)?;
    Ok(Ref { id: object_id(id)?, name: Some(name.to_owned()) })
}

/// A reference `id  [name]`. Cut at the first ` [`, since an id holds no blank and a name may hold ` [`.
pub fn reference(value: &str) -> Result<Option<Ref>, Unclear> {
    let value = value.trim();
    if matches!(value, "" | "None" | "null") {
        return Ok(None);
    }
    let Some((id, rest)) = value.split_once(char::is_whitespace) else {
        return Ok(Some(Ref { id: object_id(value)?, name: None }));
    };
    let name = rest.trim_start().strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let name = name.ok_or_else(|| Unclear::new(format!("`{value}` is not a reference `id  [name]`")))?;
    Ok(Some(Ref { id: object_id(id)?, name: Some(name.to_owned()) }))
}

/// The fields of a `show`, found by label; the order of lines differs by release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(Vec<(String, String)>);

impl Record {
    /// Reads `Label = value` lines. A line without ` = ` continues the value before it (descriptions hold line ends).
    pub fn parse(data: &[String]) -> Result<Self, Unclear> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in data {
            match (field(line), fields.last_mut()) {
                (Some(field), _) => fields.push(field),
                (None, Some((_, value))) => {
                    value.push('\n');
                    value.push_str(line);
                }
                (None, None) => return Err(Unclear::new(format!("`{}` is not `Label = value`", line.trim()))),
            }
        }
        if fields.is_empty() {
            return Err(Unclear::new("there are no data"));
        }
        Ok(Self(fields))
    }

    /// The value of a label. Two different values for one label are an error.
    pub fn one(&self, label: &str) -> Result<Option<&str>, Unclear> {
        let mut values = self.0.iter().filter(|(l, _)| l.eq_ignore_ascii_case(label)).map(|(_, v)| v.as_str());
        let Some(first) = values.next() else { return Ok(None) };
        if values.any(|other| other != first) {
            return Err(Unclear::new(format!("`{label}` stands there twice")));
        }
        Ok(Some(first))
    }

    /// The first of these labels that is there.
    pub fn any(&self, labels: &[&str]) -> Result<Option<&str>, Unclear> {
        for label in labels {
            if let Some(value) = self.one(label)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// A value that must be there.
    pub fn need(&self, label: &str) -> Result<&str, Unclear> {
        self.one(label)?.ok_or_else(|| Unclear::new(format!("`{label}` is missing")))
    }

    /// The reference under the first of these labels that is there.
    pub fn refer(&self, labels: &[&str]) -> Result<Option<Ref>, Unclear> {
        self.any(labels)?.map_or(Ok(None), reference)
    }

    /// `VmDiskMapping 1 = …`, `VmDiskMapping 2 = …`: references under a numbered label, by number.
    pub fn numbered(&self, label: &str) -> Result<Vec<Ref>, Unclear> {
        let mut found: Vec<(u32, Ref)> = Vec::new();
        for (name, value) in &self.0 {
            let Some(number) = number(name, label) else { continue };
            found.extend(reference(value)?.map(|r| (number, r)));
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, r)| r).collect())
    }

    /// `Yes`/`No` or `true`/`false`.
    pub fn flag(&self, label: &str) -> Result<Option<bool>, Unclear> {
        match self.one(label)?.map(str::trim) {
            None => Ok(None),
            Some("Yes" | "true" | "True" | "yes") => Ok(Some(true)),
            Some("No" | "false" | "False" | "no") => Ok(Some(false)),
            Some(other) => Err(Unclear::new(format!("`{label} = {other}` is neither yes nor no"))),
        }
    }

    /// A whole number.
    pub fn whole(&self, label: &str) -> Result<Option<u64>, Unclear> {
        let Some(text) = self.one(label)? else { return Ok(None) };
        let whole = text.trim().trim_end_matches(".0");
        whole.parse().map(Some).map_err(|_| Unclear::new(format!("`{label} = {text}` is not a whole number")))
    }

    /// A size in GiB as bytes. The manager rounds, so this is near and not exact.
    pub fn gib(&self, label: &str) -> Result<Option<u64>, Unclear> {
        let Some(text) = self.one(label)? else { return Ok(None) };
        bytes(text.trim()).map(Some).ok_or_else(|| Unclear::new(format!("`{label} = {text}` is not a size in GiB")))
    }

    /// Values that are references to an ISO image or the empty drive, whatever their label.
    pub fn cd(&self) -> Option<Ref> {
        let refs = self.0.iter().filter_map(|(_, value)| reference(value).ok().flatten());
        refs.into_iter().find(|r| r.id.as_str().ends_with(".iso") || r.id.as_str() == "EMPTY_CDROM")
    }
}

fn field(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    if let Some((label, value)) = line.split_once(" = ") {
        return Some((label.trim_end().to_owned(), value.to_owned()));
    }
    line.trim_end().strip_suffix(" =").map(|label| (label.trim_end().to_owned(), String::new()))
}

fn number(name: &str, label: &str) -> Option<u32> {
    let rest = name.get(..label.len()).filter(|head| head.eq_ignore_ascii_case(label)).map(|_| &name[label.len()..])?;
    match rest.strip_prefix(' ') {
        None if rest.is_empty() => Some(0),
        None => None,
        Some(digits) => digits.trim().parse().ok(),
    }
}

/// Decimal GiB to bytes in whole numbers, so that no float rounding comes in (9 decimals are enough for a byte).
fn bytes(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return None;
    }
    let cut = &part[..part.len().min(12)];
    let scale = 10u128.checked_pow(u32::try_from(cut.len()).ok()?)?;
    let value = whole.parse::<u128>().ok()?.checked_mul(scale)?.checked_add(cut.parse().ok()?)?;
    u64::try_from(value.checked_mul(1 << 30)?.checked_add(scale / 2)? / scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn list_samples() {
        let data = owned(&[
            "  id:0004fb00000600007ea7a06224d83172  name:dtv-otmapp1",
            "  id:0004fb00001800005120a342f2e5e61b  name:soa-db_dbdata;",
            "  id:0004fb0000130000961a44e256fa4b31  name:a  name:b = [c]",
            "  id:44:45:4c:4c:00:00:10:20  name:ovs1",
        ]);
        let names: Vec<_> = entries(&data).unwrap().into_iter().map(|e| e.name.unwrap()).collect();
        assert_eq!(names, ["dtv-otmapp1", "soa-db_dbdata;", "a  name:b = [c]", "ovs1"]);
        assert!(entries(&owned(&["  None"])).unwrap().is_empty());
    }

    #[rstest]
    #[case("  garbage")]
    #[case("  id:0004fb")]
    #[case("  id:$(x)  name:y")]
    fn strange_list_lines_are_errors(#[case] line: &str) {
        assert!(entries(&owned(&[line])).is_err());
    }

    #[test]
    fn show_sample_of_a_physical_disk() {
        let record = Record::parse(&owned(&[
            "  Name = DGC (1)",
            "  Id = 0004fb00001800008188f5f91b172e9d",
            "  Size (GiB) = 200.0",
            "  Shareable = No",
            "  Thin Provision = Yes",
            "  Origin =",
            "  Description = two",
            "lines",
        ]))
        .unwrap();
        assert_eq!(record.need("Name").unwrap(), "DGC (1)");
        assert_eq!(record.gib("Size (GiB)").unwrap(), Some(200 << 30));
        assert_eq!(record.flag("Shareable").unwrap(), Some(false));
        assert_eq!(record.one("Origin").unwrap(), Some(""));
        assert_eq!(record.one("description").unwrap(), Some("two\nlines"));
        assert!(record.need("Slot").is_err());
    }

    #[test]
    fn mapping_lines_of_both_dialects() {
        let record = Record::parse(&owned(&[
            "  VmDiskMapping 10 = 0004fb000013000000000000000000aa  [Mapping for disk Id (0004fb0000120000aa.img)]",
            "  VmDiskMapping 2 = 0004fb0000130000a82385bb78d8c5b4",
            "  VmDiskMapping Count = 2",
        ]))
        .unwrap();
        let refs = record.numbered("VmDiskMapping").unwrap();
        assert_eq!(refs[0], Ref { id: ObjectId::new("0004fb0000130000a82385bb78d8c5b4").unwrap(), name: None });
        assert!(refs[1].is_named("Mapping for disk Id (0004fb0000120000aa.img)"));
        assert_eq!(refs.len(), 2);
    }

    #[test]
    fn a_label_with_two_values_is_an_error() {
        let record = Record::parse(&owned(&["  Slot = 1", "  Slot = 2"])).unwrap();
        assert!(record.one("Slot").is_err());
    }

    #[rstest]
    #[case("12", Some(12 << 30))]
    #[case("0.5", Some(1 << 29))]
    #[case("12.34", Some(13_249_974_108))]
    #[case("1,024.0", None)]
    #[case("-1", None)]
    #[case("99999999999999999999999999999999999999999", None)]
    fn sizes(#[case] text: &str, #[case] expected: Option<u64>) {
        assert_eq!(bytes(text), expected);
    }

    proptest! {
        #[test]
        fn names_of_lists_come_back(name in "[^\r\n]{0,60}") {
            let line = format!("  id:0004fb00000600007ea7a06224d83172  name:{name}");
            prop_assert_eq!(entries(&[line]).unwrap()[0].name.clone().unwrap(), name);
        }

        #[test]
        fn names_of_references_come_back(name in "[^\r\n]{0,60}") {
            let value = format!("0004fb00000600007ea7a06224d83172  [{name}]");
            prop_assert_eq!(reference(&value).unwrap().unwrap().name.unwrap(), name);
        }

        #[test]
        fn values_come_back(value in "[^\r\n]{0,60}") {
            let record = Record::parse(&[format!("  Name = {value}"), "  Id = 1".to_owned()]).unwrap();
            prop_assert_eq!(record.need("Name").unwrap(), value);
        }

        #[test]
        fn never_panics(lines in proptest::collection::vec(".{0,60}", 0..10)) {
            let _ = entries(&lines);
            if let Ok(record) = Record::parse(&lines) {
                for label in ["", "Slot", "é"] {
                    let _ = (record.numbered(label), record.gib(label), record.whole(label), record.cd());
                }
            }
        }
    }
}
