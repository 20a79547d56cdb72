//! What the services promise over HTTP holds in every stage.
//!
//! The services are started through the launcher's library and not in the stages' own packages: there, all three would
//! share one runtime, and a stage is not itself without its own subscriber on its own threads.

use std::sync::{Arc, LazyLock};

use ::contract::Numbers;
use launcher::Stage;

use crate::support::{Fleet, Receiver, Setup, Stages};

/// Nothing here looks at spans; they only must have somewhere to go.
static RECEIVER: LazyLock<Arc<Receiver>> = LazyLock::new(|| Receiver::of([Stage::Dropin; 3]));

async fn start(stages: Stages, numbers: Numbers) -> Fleet {
    let setup = Setup::new(stages, &RECEIVER);
    setup.numbers(numbers).start().await
}

async fn start_alone(stages: Stages) -> Fleet {
    Setup::new(stages, &RECEIVER).start_api_alone().await
}

macro_rules! stages {
    ($($name:ident: $stages:expr;)*) => {
        $(
            mod $name {
                use super::*;

                async fn start(numbers: Numbers) -> Fleet {
                    super::start($stages, numbers).await
                }

                async fn start_alone() -> Fleet {
                    super::start_alone($stages).await
                }

                ::contract::suite!(start, start_alone);
            }
        )*
    };
}

stages! {
    legacy: [Stage::Legacy; 3];
    dropin: [Stage::Dropin; 3];
    shim: [Stage::Shim; 3];
    mixed: [Stage::Mixed; 3];
    native: [Stage::Native; 3];
}
