//! The contract, in process.

#[macro_use]
mod contract;

use std::sync::{Arc, OnceLock};

use contract::Bed;
use store::{Limits, MemoryStore, QueueOptions, Store};

#[derive(Default)]
struct Memory {
    first: OnceLock<MemoryStore>,
}

impl Bed for Memory {
    fn open(&self, limits: Limits, options: QueueOptions) -> Arc<dyn Store> {
        let consumer = options.consumer.clone();
        let first = self.first.get_or_init(|| MemoryStore::new(limits, options));
        Arc::new(first.as_consumer(consumer))
    }
}

run_contract!(Some(Memory::default()));
