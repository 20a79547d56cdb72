//! Runs a function when the process ends: when `main` returns, and when any thread calls [`std::process::exit`].
//!
//! It does not run when the process is killed by a signal, aborts, or calls `_exit`.
//!
//! ```
//! opentracing_shim_at_exit::at_exit(|| eprintln!("good bye"))?;
//! # Ok::<(), opentracing_shim_at_exit::Refused>(())
//! ```
//!
//! # What a hook may rely on
//!
//! Hooks run one after the other, the last registered first, on the thread that ends the process. Other threads go on
//! meanwhile. The thread's own thread-locals may be gone already, so a hook that needs any (and much of the standard library
//! and of logging does) should do its work on a thread that it starts, and wait for that with a limit: nothing else ends a
//! hook that hangs.

use std::fmt;
use std::panic;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What is left to run.
static HOOKS: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Runs `hook` when the process ends. A hook that panics does not keep the others from running.
///
/// # Errors
///
/// [`Refused`] if the C library has no room for the registration.
pub fn at_exit(hook: fn()) -> Result<(), Refused> {
    // One registration serves all hooks. A refused one is not tried again: the room that is missing does not come back.
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if !REGISTERED.get_or_init(register) {
        return Err(Refused(()));
    }
    hooks().push(hook);
    Ok(())
}

/// The C library took no hook.
#[derive(Debug)]
pub struct Refused(());

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the C library has no room for another exit handler")
    }
}

impl std::error::Error for Refused {}

fn hooks() -> MutexGuard<'static, Vec<fn()>> {
    // A push or a pop that panicked has left a whole list.
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

extern "C" fn run() {
    loop {
        // Not held while a hook runs, which may register another.
        let next = hooks().pop();
        let Some(hook) = next else { return };
        // A panic must not cross into C. The panic hook has told of it by now.
        let _ = panic::catch_unwind(hook);
    }
}

#[allow(unsafe_code, reason = "`atexit` is a function of C")]
fn register() -> bool {
    // SAFETY: `atexit` is safe to call from any thread at any time, and `run` is a function for the whole life of the process
    // that takes nothing, returns nothing and lets no panic out.
    unsafe { libc::atexit(run) == 0 }
}
