//! The contract on a real Redis, and what only a real Redis can do to a store: refuse, forget, freeze, die.

#[macro_use]
#[path = "../contract/mod.rs"]
mod contract;
mod contents;
mod network;
mod outages;

use std::sync::Arc;

use contract::Bed;
use store::{Begun, Consumer, Delivery, Failure, Limits, QueueOptions, RedisStore, Store};
use testbed::redis::RedisServer;
use tokio_util::sync::CancellationToken;

struct Redis {
    server: RedisServer,
}

impl Bed for Redis {
    fn open(&self, limits: Limits, options: QueueOptions) -> Arc<dyn Store> {
        Arc::new(RedisStore::connect(&self.server.url(), limits, options).expect("the URL is one"))
    }
}

fn redis() -> Option<Redis> {
    RedisServer::start().map(|server| Redis { server })
}

run_contract!(redis());

/// A consumer that succeeds with everything.
fn consume(store: &Arc<dyn Store>) -> (Consumer, CancellationToken) {
    let (consumer, drain) = (
        Consumer::new(Arc::clone(store) as _),
        CancellationToken::new(),
    );
    let (worker, token, store) = (consumer.clone(), drain.clone(), Arc::clone(store));
    tokio::spawn(async move {
        let handler = move |delivery: Delivery| {
            let store = Arc::clone(&store);
            async move {
                match store.begin(&delivery).await? {
                    Begun::Started | Begun::AlreadyDone => Ok(store.settle(&delivery).await?),
                    Begun::InProgress => Err(Failure::InProgress),
                    Begun::Expired => Err(Failure::Expired),
                }
            }
        };
        worker.run(token, handler).await;
    });
    (consumer, drain)
}
