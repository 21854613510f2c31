//! `list TYPE`.

use crate::manager::block::Block;
use crate::manager::core::Core;
use crate::manager::object::Kind;

/// One line per object; an empty list prints `None` (a test suite of the vendor expects it) or, by quirk, nothing.
pub fn list(core: &Core, kind: Kind) -> Block {
    let mut lines: Vec<String> = core.read(|state| state.of(kind).into_iter().map(|o| o.line()).collect());
    if lines.is_empty() && core.options.quirks.is("empty-list", "none") {
        lines.push("None".to_owned());
    }
    Block::data(lines)
}
