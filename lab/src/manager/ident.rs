//! Ids: `0004fb0000TT0000` and sixteen random hex digits, TT the type (reference 4, "Ids").

use super::object::Kind;
use rand::RngExt;

/// What an id is for where one object type has two prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// An object of this type.
    Of(Kind),
    /// A template: a `Vm` with another prefix.
    Template,
}

/// A new id.
#[must_use]
pub fn fresh(sort: Sort) -> String {
    let random: u64 = rand::rng().random();
    match sort {
        Sort::Template => format!("0004fb0000140000{random:016x}"),
        Sort::Of(Kind::Network) => format!("10{:08x}", random >> 32),
        Sort::Of(Kind::Server) => colons(random),
        Sort::Of(Kind::VirtualDisk) => format!("0004fb0000120000{random:016x}.img"),
        Sort::Of(Kind::VirtualCdrom) => format!("0004fb0000150000{random:016x}.iso"),
        Sort::Of(kind) => format!("0004fb0000{}0000{random:016x}", digits(kind)),
    }
}

/// The type digits. Those of FileSystem are from the papers; those of ServerPool, Tag and RepositoryExport are not
/// known and chosen.
const fn digits(kind: Kind) -> &'static str {
    match kind {
        Kind::Manager => "01",
        Kind::ServerPool => "02",
        Kind::Repository => "03",
        Kind::FileSystem => "05",
        Kind::Vm => "06",
        Kind::Vnic => "07",
        Kind::PhysicalDisk => "18",
        Kind::Tag => "24",
        Kind::RepositoryExport => "25",
        _ => "13",
    }
}

/// A server's id is its hardware's UUID as bytes with colons.
fn colons(random: u64) -> String {
    let mut bytes =
        vec!["35", "38", "33", "39", "31", "34", "43", "5a"].into_iter().map(String::from).collect::<Vec<_>>();
    bytes.extend(random.to_be_bytes().iter().map(|b| format!("{b:02x}")));
    bytes.join(":")
}

/// A MAC address of the manager's range `00:21:f6`.
#[must_use]
pub fn mac() -> String {
    let [a, b, c, _] = rand::rng().random::<u32>().to_be_bytes();
    format!("00:21:f6:{a:02x}:{b:02x}:{c:02x}")
}

/// The UUID form of an id, as vm.cfg has it.
#[must_use]
pub fn dashed(id: &str) -> String {
    let cut = |from: usize, to: usize| id.get(from..to).unwrap_or_default();
    [cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shape() {
        assert!(fresh(Sort::Of(Kind::VirtualDisk)).starts_with("0004fb0000120000"));
        assert!(fresh(Sort::Of(Kind::VirtualDisk)).ends_with(".img"));
        assert_eq!(fresh(Sort::Of(Kind::Vm)).len(), 32);
        assert!(fresh(Sort::Template).starts_with("0004fb0000140000"));
        assert_eq!(fresh(Sort::Of(Kind::Server)).split(':').count(), 16);
        assert_eq!(dashed("0004fb0000060000cfe2da48f9e2120e"), "0004fb00-0006-0000-cfe2-da48f9e2120e");
    }
}
