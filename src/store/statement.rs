//! The statements, one per file.

macro_rules! statements {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub(super) const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)+

        #[cfg(test)]
        pub(super) const FILES: &[&str] = &[$($file),+];
    };
}

statements! {
    ADD_DISK = "add_disk",
    ADD_EVENT = "add_event",
    ADD_FILE = "add_file",
    ADD_LOG = "add_log",
    ADD_MIGRATION = "add_migration",
    ADD_PIECE = "add_piece",
    ADD_RUN = "add_run",
    ADD_SNAPSHOT = "add_snapshot",
    ALL_EVENTS = "all_events",
    APPEND_ONLY = "append_only",
    BOOTSTRAP = "bootstrap",
    CLEAR_PROJECTION = "clear_projection",
    COUNT_EVENTS = "count_events",
    DISKS = "disks",
    DRILLED = "drilled",
    DROP_PIECES = "drop_pieces",
    DROP_SNAPSHOT = "drop_snapshot",
    FILES_OF = "files_of",
    GET_HOLDER = "get_holder",
    GET_META = "get_meta",
    HOLDERS = "holders",
    LOGS = "logs",
    NEXT_SEQ = "next_seq",
    PIECES = "pieces",
    PINNED = "pinned",
    READ_EVENTS = "read_events",
    RUN_STATE = "run_state",
    RUN_STEP = "run_step",
    RUNS = "runs",
    SCHEMA_VERSION = "schema_version",
    SET_HOLDER = "set_holder",
    SET_META = "set_meta",
    SNAPSHOT_STATE = "snapshot_state",
    SNAPSHOTS = "snapshots",
    TAPE_GIVEN_UP = "tape_given_up",
    TAPE_STATE = "tape_state",
}
