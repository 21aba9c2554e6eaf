//! What would be too large for the journal is refused to its sender, and to nobody else.

use super::rig::*;
use huiyan::engine::{EngineError, Phase, Whole};
use huiyan::storage::disk::MemoryDisk;

/// Room for the rules and some thirty receipts at once.
fn small() -> Setup {
    Setup { entry_bytes: 8_000, ..Setup::default() }
}

fn receipts(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|n| receipt("insert", &n.to_string())).collect()
}

#[test]
fn a_batch_or_a_replacement_that_does_not_fit_is_refused_before_anything_happens() {
    let disk = MemoryDisk::seeded(1);
    let rig = small().start(disk.clone());
    let too_large =
        |given: Result<_, EngineError>| matches!(given, Err(EngineError::EntryTooLarge { bytes, limit: 8_000 }) if bytes > 8_000);
    for n in 0..5 {
        rig.send(JUSTICE, &receipts(n * 30..n * 30 + 30)).unwrap();
    }
    let before = rig.story();
    assert!(too_large(rig.send(JUSTICE, &receipts(1_000..1_200))));
    // One line, but it withdraws all others.
    let mut whole = rig.request(JUSTICE, Some("k"), &receipt("insert", "9999"));
    whole.replace = Some(Whole { relation: rig.handle.program().unwrap().find("receipt").unwrap(), may_be_empty: false });
    assert!(too_large(rig.ask(whole.clone())));
    assert!(too_large(rig.ask(whole.clone())), "asked again under its key it is judged again");
    assert_eq!((rig.handle.phase(), rig.story()), (Phase::Ready, before.clone()));
    // The remedy: take out in parts what is to go.
    for n in 0..5 {
        let gone: String = (n * 30..n * 30 + 30).map(|n| receipt("retract", &n.to_string())).collect();
        assert_eq!(rig.send(JUSTICE, &gone).unwrap().receipt.changed, 30);
    }
    assert_eq!(rig.ask(whole).unwrap().receipt.changed, 1);
    let story = rig.story();
    drop(rig);
    assert_eq!(small().start(disk).story(), story);
}

#[test]
fn a_pack_that_does_not_fit_says_so() {
    let Phase::Failed { reason } = (Setup { entry_bytes: 500, ..Setup::default() }).start(MemoryDisk::seeded(1)).handle.phase()
    else {
        panic!("installed")
    };
    assert!(reason.en.contains("the journal takes at most 500"), "{reason:?}");
}
