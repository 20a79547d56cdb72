//! Sessions: found while they are used, gone when they are not.

use std::time::Duration;

use store::{SessionKey, SessionRecord};

use super::*;

const LONG: Duration = Duration::from_secs(1_800);

fn record(lasts: Duration) -> SessionRecord {
    let created = SystemTime::now();
    SessionRecord {
        masked_phone: "+86138****8000".to_owned(),
        created,
        expires: created + lasts,
    }
}

fn key(n: u8) -> SessionKey {
    SessionKey::from_bytes([n; 32])
}

pub(crate) async fn a_session_is_found_until_it_is_revoked(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let record = record(LONG);
    store.create(&key(1), &record, LONG).await.unwrap();

    assert_eq!(store.find(&key(1), LONG).await, Ok(Some(record)));
    assert_eq!(store.find(&key(2), LONG).await, Ok(None));

    assert_eq!(store.revoke(&key(1)).await, Ok(true));
    assert_eq!(store.find(&key(1), LONG).await, Ok(None));
    assert_eq!(store.revoke(&key(1)).await, Ok(false));
}

pub(crate) async fn an_idle_session_disappears(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    store
        .create(&key(1), &record(LONG), Duration::from_millis(100))
        .await
        .unwrap();

    // Each look lets it live only a moment longer: what ends it is that nobody looks in between.
    eventually("the session is gone", || async {
        store.find(&key(1), Duration::from_millis(1)).await == Ok(None)
    })
    .await;
}

pub(crate) async fn a_session_that_is_looked_up_stays(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    let short = Duration::from_secs(2);
    store.create(&key(1), &record(LONG), short).await.unwrap();

    assert!(store.find(&key(1), LONG).await.unwrap().is_some());
    tokio::time::sleep(short).await;

    assert!(store.find(&key(1), LONG).await.unwrap().is_some());
}

pub(crate) async fn no_session_outlives_its_end(bed: &dyn Bed) {
    let store = bed.open(limits(), options());
    store
        .create(&key(1), &record(Duration::from_millis(150)), LONG)
        .await
        .unwrap();

    eventually("the session ends, busy as it is", || async {
        store.find(&key(1), LONG).await == Ok(None)
    })
    .await;
}
