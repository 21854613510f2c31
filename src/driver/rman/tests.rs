//! Lines of public logs (reference 3.4, 3.5, 3.9), and a scripted host.

use super::*;
use crate::{
    fault::Remedy,
    model::HostName,
    port::{Answer, Clock, Input, Living, Remote, RemoteCommand, RemoteError},
    text::sh::OracleEnv,
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rstest::rstest;
use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

const GOOD: &str = "
connected to target database: ORCL (DBID=1234567890, not open)
using target database control file instead of recovery catalog
allocated channel: t1
channel t1: SID=78 device type=SBT_TAPE
channel t1: WARNING: Oracle Test Disk API

Starting backup at 09/10/2025 19:22
RMAN-06554: WARNING: file 1 is in backup mode
RMAN-06554: WARNING: file 4 is in backup mode
channel t1: starting full datafile backup set
channel t1: specifying datafile(s) in backup set
input datafile file number=00001 name=/u01/app/oracle/oradata/orcl/datafile/o1_mf_system_lw74lfg6_.dbf
channel t1: starting piece 1 at 09/10/2025 19:22
channel t2: specifying datafile(s) in backup set
input datafile file number=00004 name=/u02/users 01.dbf
channel t2: finished piece 1 at 09/10/2025 19:23
piece handle=b2_1_1 tag=SM_20261121204512_4F2A_1 comment=API Version 2.0,MMS Version 19.0.0.1
channel t2: backup set complete, elapsed time: 00:00:05
channel t1: finished piece 1 at 09/10/2025 19:23
piece handle=qf45qvn1_23375_1_1 tag=SM_20261121204512_4F2A_1 comment=API Version 2.0,MMS Version 19.0.0.1
channel t1: backup set complete, elapsed time: 00:00:35
RMAN-06497: WARNING: control file is not current, control file AUTOBACKUP skipped
Finished backup at 09/10/2025 19:23
input archived log thread=1 sequence=14 RECID=1 STAMP=1037329942
released channel: t1

Recovery Manager complete.
";

const RESTORED: &str = "
connected to target database: ORCL (DBID=1234567890, not open)
Starting restore at 09/10/2025 20:02
channel t1: starting datafile backup set restore
channel t1: specifying datafile(s) to restore from backup set
channel t1: restoring datafile 00001 to /u02/oradata/ORCL/ovm_datafile_1
channel t1: reading from backup piece qf45qvn1_23375_1_1
channel t1: piece handle=qf45qvn1_23375_1_1 tag=SM_20261121204512_4F2A_1
channel t1: restored backup piece 1
channel t1: restore complete, elapsed time: 00:00:15
Finished restore at 09/10/2025 20:03

Recovery Manager complete.
";

#[test]
fn a_restore_names_pieces_and_files() {
    let log = parse(RESTORED);
    assert!(log.is_clean());
    assert_eq!(
        (log.restored.as_slice(), log.pieces_read.as_slice()),
        (&[1][..], &["qf45qvn1_23375_1_1".to_owned()][..])
    );
}

#[test]
fn a_good_log() {
    let log = parse(GOOD);
    assert!(log.is_clean());
    assert_eq!(log.dbid(), Some(1_234_567_890));
    assert_eq!(log.connected.clone().unwrap().state.as_deref(), Some("not open"));
    let pieces: Vec<_> = log.pieces.iter().map(|p| (p.handle.as_str(), p.channel.as_deref())).collect();
    assert_eq!(pieces, [("b2_1_1", Some("t2")), ("qf45qvn1_23375_1_1", Some("t1"))]);
    assert_eq!(log.pieces[0].comment, "API Version 2.0,MMS Version 19.0.0.1");
    assert_eq!(log.datafiles[1], Datafile { file: 4, name: "/u02/users 01.dbf".into() });
    assert_eq!(log.in_backup_mode, [1, 4]);
    assert_eq!(log.archived_logs, [ArchivedLog { thread: 1, sequence: 14 }]);
    assert!(log.autobackup_skipped && !log.controlfile_written && !log.switched_log);
    assert_eq!((log.sets_completed, log.disabled_channels.len(), log.damage.len()), (2, 0, 0));
}

const FAILED: &str = "channel c1: finished piece 1 at 01-SEP-16
piece handle=x_1_1 tag=T comment=NONE
Finished backup at 01-SEP-16

RMAN-00571: ===========================================================
RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============
RMAN-00571: ===========================================================
RMAN-03009: failure of Control File and SPFILE Autobackup command on c1 channel at 09/01/2016 15:40:24
ORA-19511: Error received from media manager layer, error text:
   Vendor specific error: OB2_StartObjectBackup() failed ERR(-17)

Recovery Manager complete.
";

#[test]
fn an_end_line_does_not_make_it_good() {
    let log = parse(FAILED);
    assert!(log.finished && !log.is_clean());
    assert_eq!(log.stacks.len(), 1);
    assert!(log.stacks[0].cause().unwrap().joined().ends_with("ERR(-17)"));
}

/// Point by point: the line, and what must be found (or not).
#[rstest]
#[case::p2_no_end("Finished backup at 01-SEP-16\n", |l: &RmanLog| !l.is_clean())]
#[case::p2_fatal("RMAN-00571: ==\nRMAN-00569: == ERROR MESSAGE STACK FOLLOWS ==\nRMAN-00571: ==\nRMAN-00601: fatal error in recovery \
    manager\nRMAN-03004: fatal error during execution of command\nRMAN-10038: database session for channel c1 terminated \
    unexpectedly\n", |l: &RmanLog| l.stacks[0].cause().unwrap().code == "RMAN-10038" && !l.finished)]
#[case::p3_notes("RMAN-06060: WARNING: skipping datafile compromises tablespace USERS recoverability\n   RMAN-07517: Reason: x\n\
    Recovery Manager complete.\n", |l: &RmanLog| l.is_clean() && l.notes.len() == 2)]
#[case::p3_other_channel("RMAN-03009: failure of backup command on c1 channel at 09/01/2016 15:40:24\nORA-19502: write error on file\n\
    channel c1 disabled, job failed on it will be run on another channel\nRecovery Manager complete.\n",
    |l: &RmanLog| l.is_clean() && l.disabled_channels == ["c1"] && l.notes.len() == 2)]
#[case::p5_case("RMAN-06554: warning: file 7 is in backup mode\n", |l: &RmanLog| l.in_backup_mode == [7])]
#[case::p6_autobackup("Starting Control File and SPFILE Autobackup at 09/10/2025 19:23\npiece handle=c-1269851242-20251009-0e \
    comment=API Version 2.0,MMS Version 19.0.0.1\nFinished Control File and SPFILE Autobackup at 09/10/2025 19:23\n",
    |l: &RmanLog| l.controlfile_written && l.pieces[0].autobackup && l.pieces[0].tag.is_none() && l.dbid() == Some(1_269_851_242))]
#[case::p7_read("channel c1: piece handle=a_1_1 tag=T\n", |l: &RmanLog| l.pieces.is_empty() && l.pieces_read == ["a_1_1"])]
#[case::p7_read_9i("piece handle=/b/a_1_1 tag=null params=NULL\n", |l: &RmanLog| l.pieces.is_empty() && l.pieces_read == ["/b/a_1_1"])]
#[case::p7_deleted("backup piece handle=/b/x RECID=4 STAMP=9\n", |l: &RmanLog| l.pieces.is_empty() && l.pieces_read.is_empty())]
#[case::p7_list("        Piece Name: /b/x\n  Handle: x_1_1\n", |l: &RmanLog| l.pieces.is_empty() && l.pieces_read.is_empty())]
#[case::p9_sections("channel c1: specifying datafile(s) in backup set\ninput datafile file number=00005 name=/u/a.dbf\nbacking up blocks 1 \
    through 131072\nchannel c1: specifying datafile(s) in backup set\ninput datafile file number=00005 name=/u/a.dbf\n",
    |l: &RmanLog| l.datafiles.len() == 1)]
#[case::p10_validate("File Status Marked Corrupt Empty Blocks Blocks Examined High SCN\n---- ------ -------------- ------------ ---\n\
    4    FAILED 0              1              640             1234\n  Data       1              90\n  Index      0              5\n\
    Finished validate at 1\nRecovery Manager complete.\n", |l: &RmanLog| l.is_clean() && l.damage.len() == 2)]
#[case::p10_no_piece("channel c1: backup set complete, elapsed time: 00:00:01\n", |l: &RmanLog| l.sets_completed == 1 && l.pieces.is_empty())]
#[case::p11_10g("channel c1: sid=159 devtype=SBT_TAPE\ninput datafile fno=00001 name=/u/a.dbf\ninput archive log thread=1 sequence=7 recid=1 \
    stamp=5\nchannel c1: backupset complete, elapsed time: 00:00:35\n",
    |l: &RmanLog| l.datafiles[0].file == 1 && l.archived_logs[0].sequence == 7 && l.sets_completed == 1)]
#[case::p11_9i_control("including current controlfile in backupset\n", |l: &RmanLog| l.controlfile_written)]
#[case::p12_open("connected to target database: ORCL (DBID=12)\n", |l: &RmanLog| l.connected.as_ref().unwrap().state.is_none())]
#[case::p12_nomount("connected to target database: ORCL (not mounted)\n", |l: &RmanLog| l.dbid().is_none()
    && l.connected.as_ref().unwrap().state.as_deref() == Some("not mounted"))]
#[case::p12_idle("connected to target database (not started)\n", |l: &RmanLog| l.connected.as_ref().unwrap().name.is_none())]
#[case::p13_translated("RMAN-00571: ==\nRMAN-00569: == x ==\nRMAN-00571: ==\nRMAN-03002: \u{da}chec de la commande\nORA-19511: y\n\n",
    |l: &RmanLog| l.stacks[0].cause().unwrap().code == "ORA-19511")]
#[case::p14_prompts("RMAN> 2> 3> 4> connected to target database: ORCL (DBID=12)   \nRMAN> RMAN> piece handle=a tag=T comment=c\n",
    |l: &RmanLog| l.dbid() == Some(12) && l.pieces.len() == 1)]
#[case::p14_nul("piece handle=a\0 tag=T comment=c\n", |l: &RmanLog| l.pieces[0].handle == "a")]
#[case::p14_stray_tail("Recovery Manager complete.\nORA-00600: from an older log\nRMAN-00569: ==\n", |l: &RmanLog| l.is_clean() && l.notes.is_empty())]
#[case::log_switch("current log archived\n", |l: &RmanLog| l.switched_log)]
fn lessons(#[case] text: &str, #[case] holds: fn(&RmanLog) -> bool) {
    let log = parse(text);
    assert!(holds(&log), "{log:#?}");
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse_bytes(&bytes);
    }

    #[test]
    fn no_order_of_real_lines_panics(order in proptest::collection::vec(0..60usize, 0..60)) {
        let lines: Vec<&str> = GOOD.lines().chain(FAILED.lines()).collect();
        let text: Vec<&str> = order.iter().map(|at| lines[at % lines.len()]).collect();
        let log = parse(&text.join("\n"));
        prop_assert!(!log.is_clean() || log.finished);
    }
}

struct Host {
    answers: Mutex<Vec<Result<String, ()>>>,
    scripts: Mutex<Vec<String>>,
}

impl Remote for Host {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        let Input::Text(script) = &command.input else { panic!("no script") };
        self.scripts.lock().unwrap().push(script.clone());
        match self.answers.lock().unwrap().remove(0) {
            Ok(text) => Ok(Answer { status: Some(0), stdout: text.into_bytes(), ..Answer::default() }),
            Err(()) => Err(RemoteError::NoAnswer { host: host.clone(), why: "lost".into(), output: String::new() }),
        }
    }

    fn live(&self, _: &HostName, _: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        panic!("not used")
    }

    fn fetch(&self, _: &HostName, _: &RemoteCommand, _: &mut dyn Write) -> Result<Answer, RemoteError> {
        panic!("not used")
    }

    fn feed(&self, _: &HostName, _: &RemoteCommand, _: &mut dyn Read) -> Result<Answer, RemoteError> {
        panic!("not used")
    }
}

#[derive(Default)]
struct Ticks(Mutex<Duration>);

impl Clock for Ticks {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

fn rman(answers: Vec<Result<String, ()>>) -> (Arc<Host>, Rman) {
    let host = Arc::new(Host { answers: Mutex::new(answers), scripts: Mutex::default() });
    let env = OracleEnv { home: "/u01/db19".into(), sid: "OVM1".into(), tz: None };
    let name = HostName::new("bckvm").unwrap();
    let remote: Arc<dyn Remote> = Arc::<Host>::clone(&host);
    (host, Rman::new(Far::new(remote, name, env, "ORCL-20261121T204512-4f2a", Duration::from_secs(60))))
}

const PATIENCE: Patience =
    Patience { first: Duration::from_secs(10), every: Duration::from_secs(10), stall: Duration::from_secs(60) };

fn looked(state: &str, size: usize, text: &str) -> Result<String, ()> {
    Ok(format!("state {state}\nsize {size}\ntext\n{text}"))
}

#[test]
fn a_run_is_waited_for_through_a_lost_connection() {
    let (first, second) = GOOD.split_at(500);
    let answers =
        vec![looked("running", 500, first), Err(()), looked("running", 500, ""), looked("ended 0", GOOD.len(), second)];
    let (host, rman) = rman(answers);
    let (log, whole) = rman.wait("backup-1", &Ticks::default(), PATIENCE, &mut |_| 0).unwrap();
    assert_eq!(log.pieces.len(), 2);
    assert_eq!(whole, GOOD.as_bytes());
    assert!(host.scripts.lock().unwrap()[3].contains("tail -c +501 "));
}

#[test]
fn a_stack_beats_the_status() {
    let (_, rman) = rman(vec![looked("ended 1", FAILED.len(), FAILED)]);
    let error = rman.wait("b", &Ticks::default(), PATIENCE, &mut |_| 0).unwrap_err();
    let fault = error.fault();
    assert_eq!(fault.code, "ORA-19511");
    assert!(fault.message.contains("OB2_StartObjectBackup") && fault.causes[0].starts_with("RMAN-03009"), "{fault:?}");
    assert!(!fault.hints.is_empty());
}

#[rstest]
#[case("ended 0", "Starting backup at x\n", "RMN-001")]
#[case("ended 1", "Recovery Manager complete.\n", "RMN-002")]
#[case("gone", "Starting backup at x\n", "RMN-003")]
#[case("absent", "", "RMN-005")]
#[case("strange", "", "RMN-005")]
fn other_ends(#[case] state: &str, #[case] text: &str, #[case] code: &str) {
    let (_, rman) = rman(vec![looked(state, text.len(), text)]);
    assert_eq!(rman.wait("b", &Ticks::default(), PATIENCE, &mut |_| 0).unwrap_err().code(), code);
}

#[test]
fn standing_still_is_a_stall_but_moving_blocks_are_not() {
    let still = || (0..20).map(|_| looked("running", 0, "")).collect::<Vec<_>>();
    let clock = Ticks::default();
    assert_eq!(rman(still()).1.wait("b", &clock, PATIENCE, &mut |_| 7).unwrap_err().code(), "RMN-004");
    assert!(clock.elapsed() <= Duration::from_secs(70));
    let mut answers = still();
    answers.push(looked("ended 0", GOOD.len(), GOOD));
    let mut blocks = 0;
    let mut moving = |_: &Look| {
        blocks += 1;
        blocks
    };
    assert!(rman(answers).1.wait("b", &Ticks::default(), PATIENCE, &mut moving).is_ok());
}

#[rstest]
#[case(0, 20)]
#[case(80, 20)]
#[case(400, 100)]
#[case(5_000, 300)]
fn looks_become_rarer(#[case] waited: u64, #[case] pause: u64) {
    let ms = Duration::from_millis;
    let patience = Patience { first: ms(20), every: ms(300), stall: ms(60_000) };
    assert_eq!(patience.pause(ms(waited)), ms(pause));
}

#[test]
fn starting_twice_is_one_start() {
    let (host, rman) = rman(vec![Ok("child 7\nstarted\n".into()), Ok("already\n".into()), Ok("refused: x\n".into())]);
    assert!(rman.start("backup-1", "EXIT;").is_ok());
    assert!(rman.start("backup-1", "EXIT;").is_ok());
    assert_eq!(rman.start("backup-1", "EXIT;").unwrap_err().code(), "RMN-005");
    assert!(host.scripts.lock().unwrap()[0].contains("EXIT;\nOVM_END_OF_FILE\n"));
}
