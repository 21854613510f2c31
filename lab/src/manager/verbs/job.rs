//! `abort Job`.

use crate::manager::block::Block;
use crate::manager::core::Core;
use crate::manager::job;
use crate::manager::object::Kind;
use crate::manager::syntax::Bound;
use std::sync::Arc;

/// Takes a running job back.
pub fn abort(core: &Arc<Core>, bound: &Bound) -> Block {
    let Some(selector) = &bound.instance else { return Block::done() };
    match core.read(|state| state.find(Kind::Job, selector).map(|o| o.id.clone())) {
        Ok(id) => job::abort(core, &id),
        Err(text) => Block::failure(text),
    }
}
