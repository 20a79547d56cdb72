//! People who log in, one after another and side by side, whatever happens to the services.

use std::sync::Arc;
use std::time::{Duration, Instant};

use launcher::Service;
use platform::{Credential, Phone};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::Phase;
use crate::expect::Step;
use crate::fleet::Fleet;
use crate::walk::{Made, Walk};

/// For one request. Who waits longer has failed to log in.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many are on their way at the same time. On a machine too slow for the rate the next one waits at the door, or all of
/// them would wait for longer than a call may take, and fail for no fault of a move.
const AT_ONCE: usize = 12;

/// What a person does.
const STEPS: [Step; 4] = [Step::SendCode, Step::LogIn, Step::ReadSession, Step::LogOut];

/// What came of one person's login.
#[derive(Debug)]
pub(super) struct Login {
    /// In which it began.
    pub(super) phase: Phase,
    /// The requests that were answered as expected.
    pub(super) requests: Vec<Request>,
    /// The one that was not, after which none was made.
    pub(super) failure: Option<Failure>,
    /// The longest time that a request took, failed or not.
    pub(super) longest: Duration,
    /// What must be in no span.
    pub(super) secrets: Vec<String>,
}

/// A request that was answered as expected.
#[derive(Debug)]
pub(super) struct Request {
    /// In which it began.
    pub(super) phase: Phase,
    pub(super) made: Made,
}

/// A request that was not answered as expected.
#[derive(Debug)]
pub(super) struct Failure {
    /// In which it began.
    pub(super) phase: Phase,
    /// Which it was, and what came instead.
    pub(super) reason: String,
}

/// People on their way.
#[derive(Debug)]
pub(super) struct Load {
    runtime: Handle,
    phase: watch::Sender<Phase>,
    /// In which phase the last person began, as the how manieth.
    begun: watch::Receiver<(Phase, u32)>,
    people: JoinHandle<Vec<Login>>,
}

/// Where they go.
#[derive(Debug)]
struct Place {
    urls: [(Service, String); 3],
    credential: Credential,
}

// === impl Load ===

impl Load {
    /// Waits until the fleet is ready, and sends so many people a second to it until the end.
    ///
    /// # Errors
    ///
    /// If it does not get ready.
    pub(super) fn start(runtime: &Runtime, fleet: &Fleet, rate: u32) -> anyhow::Result<Self> {
        let place = Place {
            urls: Service::ALL.map(|service| (service, fleet.url(service))),
            credential: fleet.credential.clone(),
        };
        runtime.block_on(place.person(0).ready())?;
        let (phase, phases) = watch::channel(Phase::First);
        let (counts, begun) = watch::channel((Phase::First, 0));
        Ok(Self {
            runtime: runtime.handle().clone(),
            phase,
            begun,
            people: runtime.spawn(send(place, rate, phases, counts)),
        })
    }

    /// Says that another phase begins.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Blocks until so many people have begun to log in in this phase.
    pub(super) fn until_begun(&mut self, people: u32) {
        let phase = *self.phase.borrow();
        let enough = |begun: &(Phase, u32)| begun.0 == phase && begun.1 >= people;
        let enough = self.begun.wait_for(enough);
        // It ends early only if the people do, and then `end` says why.
        let _ = self.runtime.block_on(enough);
    }

    /// Sends nobody more, waits for those who are on their way, and tells what came of all.
    pub(super) fn end(self) -> Vec<Login> {
        drop(self.phase);
        let ended = self.runtime.block_on(self.people);
        ended.expect("people do not panic, and nobody else can end them")
    }
}

// === impl Place ===

impl Place {
    /// Somebody with a phone, and with connections, of their own.
    fn person(&self, number: u32) -> Walk {
        let phone = format!("+86139{:08}", number % 100_000_000);
        let phone = Phone::parse(&phone, None).expect("139 and eight digits are a mobile number");
        let url = |service| {
            let mut urls = self.urls.iter();
            let found = urls.find(|(named, _)| *named == service);
            found.map(|(_, url)| url.clone()).unwrap_or_default()
        };
        Walk::at(url, self.credential.clone(), phone)
    }
}

/// Sends people until nobody can say any more which phase it is. Who is late does not hold the next one up, as long as there
/// is room: a pause of the services is met by several.
async fn send(
    place: Place,
    rate: u32,
    mut phases: watch::Receiver<Phase>,
    counts: watch::Sender<(Phase, u32)>,
) -> Vec<Login> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut people = JoinSet::new();
    let room = Arc::new(Semaphore::new(AT_ONCE));
    for number in 1.. {
        let ended = async { while phases.changed().await.is_ok() {} };
        tokio::select! {
            _ = ticks.tick() => {}
            () = ended => break,
        }
        let taken = Arc::clone(&room).acquire_owned().await;
        let phase = *phases.borrow();
        let login = log_in(place.person(number), phase, phases.clone());
        people.spawn(async move {
            let login = login.await;
            drop(taken);
            login
        });
        counts.send_modify(|(last, count)| {
            *count = if *last == phase { *count + 1 } else { 1 };
            *last = phase;
        });
    }
    people.join_all().await
}

async fn log_in(mut person: Walk, phase: Phase, phases: watch::Receiver<Phase>) -> Login {
    let mut login = Login {
        phase,
        requests: Vec::new(),
        failure: None,
        longest: Duration::ZERO,
        secrets: Vec::new(),
    };
    for step in STEPS {
        let phase = *phases.borrow();
        let began = Instant::now();
        let made = tokio::time::timeout(PATIENCE, person.make(step)).await;
        login.longest = login.longest.max(began.elapsed());
        let reason = match made {
            Ok(Ok(made)) => {
                login.requests.push(Request { phase, made });
                continue;
            }
            Ok(Err(error)) => format!("{}: {error:#}", step.title()),
            Err(_elapsed) => format!("{}: no answer", step.title()),
        };
        login.failure = Some(Failure { phase, reason });
        break;
    }
    login.secrets = person.secrets().to_vec();
    login
}
