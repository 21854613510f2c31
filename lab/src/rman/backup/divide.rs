//! How inputs are spread over sets: by FILESPERSET (default: inputs divided by channels, at most 64), the biggest first, each
//! into the set that has least so far.

use super::set::{Input, SetJob};
use crate::rman::piece::SetKind;

const DEFAULT_FILES: usize = 64;

/// The sets.
pub fn divide<T>(
    mut inputs: Vec<T>,
    channels: usize,
    per_set: Option<usize>,
    size: impl Fn(&T) -> u64,
    kind: SetKind,
    wrap: impl Fn(T) -> Input,
) -> Vec<SetJob> {
    if inputs.is_empty() {
        return Vec::new();
    }
    let per_channel = inputs.len().div_ceil(channels.max(1));
    let most = per_set.unwrap_or(DEFAULT_FILES).clamp(1, per_channel.max(1));
    let count = inputs.len().div_ceil(most);
    inputs.sort_by_key(|input| std::cmp::Reverse(size(input)));
    let mut sets: Vec<(u64, Vec<T>)> = (0..count).map(|_| (0, Vec::new())).collect();
    for input in inputs {
        let room = sets.iter_mut().filter(|(_, files)| files.len() < most).min_by_key(|(load, _)| *load);
        if let Some((load, files)) = room {
            *load += size(&input);
            files.push(input);
        }
    }
    sets.into_iter()
        .map(|(_, files)| SetJob { kind, inputs: files.into_iter().map(&wrap).collect(), file: None })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_input_is_in_one_set(sizes in prop::collection::vec(1_u64..100, 0..30), channels in 1_usize..5, per in prop::option::of(1_usize..8)) {
            let sets = divide(sizes.clone(), channels, per, |size| *size, SetKind::Logs, |size| Input::Spfile(size.to_string().into()));
            let total: usize = sets.iter().map(|set| set.inputs.len()).sum();
            prop_assert_eq!(total, sizes.len());
            prop_assert!(sets.iter().all(|set| !set.inputs.is_empty() || sizes.is_empty()));
            if let Some(per) = per {
                prop_assert!(sets.iter().all(|set| set.inputs.len() <= per));
            }
        }
    }
}
