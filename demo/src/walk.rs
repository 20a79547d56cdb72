//! What a person does: asks for a code, reads it, logs in with it, looks around, logs out.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use launcher::Service;
use platform::{Credential, Phone};
use serde_json::json;
use viewer::TraceId;
use viewer::model::parse_trace_id;

use crate::expect::Step;
use crate::fleet::Fleet;
use crate::options::Stages;
use crate::web::{Answer, Web, bearer};

/// How long anything may take that should take milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions for something that is about to be there.
const PAUSE: Duration = Duration::from_millis(5);

/// A person in front of the fleet.
#[derive(Debug)]
pub(crate) struct Walk {
    web: Web,
    api: String,
    auth: String,
    sms: String,
    credential: Credential,
    phone: Phone,
    challenge: String,
    code: String,
    token: String,
    secrets: Vec<String>,
    inbox_reads: usize,
}

/// A request that was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Which.
    pub(crate) step: Step,
    /// From the header `x-trace-id`, which a stage that does not trace does not send.
    pub(crate) trace_id: Option<TraceId>,
    /// Before the request.
    pub(crate) since: SystemTime,
}

impl Walk {
    /// A person with this phone, in front of this fleet.
    #[must_use]
    pub(crate) fn new(fleet: &Fleet, phone: Phone) -> Self {
        Self::at(
            |service| fleet.url(service),
            fleet.credential.clone(),
            phone,
        )
    }

    /// A person with this phone, in front of the services at these addresses.
    #[must_use]
    pub(crate) fn at(
        url: impl Fn(Service) -> String,
        credential: Credential,
        phone: Phone,
    ) -> Self {
        let digits = phone.e164().trim_start_matches('+').to_owned();
        Self {
            web: Web::new(),
            api: url(Service::Api),
            auth: url(Service::Auth),
            sms: url(Service::Sms),
            credential,
            phone,
            challenge: String::new(),
            code: String::new(),
            token: String::new(),
            secrets: vec![digits],
            inbox_reads: 0,
        }
    }

    /// Waits until each service says that all it needs is there.
    ///
    /// # Errors
    ///
    /// If one does not within ten seconds, with what it said.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        for base in [&self.auth, &self.sms, &self.api] {
            let url = format!("{base}/readyz");
            self.until_ready(&url).await?;
        }
        Ok(())
    }

    /// Makes the request of a step.
    ///
    /// # Errors
    ///
    /// If the answer is not the expected one.
    pub(crate) async fn make(&mut self, step: Step) -> anyhow::Result<Made> {
        let since = SystemTime::now();
        let answer = match step {
            Step::SendCode => self.send_code().await?,
            Step::Mistype => self.mistype().await?,
            Step::LogIn => self.log_in().await?,
            Step::ReadInVain => {
                self.session(Method::GET, StatusCode::SERVICE_UNAVAILABLE)
                    .await?
            }
            Step::ReadSession => self.session(Method::GET, StatusCode::OK).await?,
            Step::LogOut => self.session(Method::DELETE, StatusCode::NO_CONTENT).await?,
        };
        let trace_id = answer
            .headers
            .get("x-trace-id")
            .and_then(|value| value.to_str().ok())
            .and_then(parse_trace_id);
        Ok(Made {
            step,
            trace_id,
            since,
        })
    }

    /// What must be in no span: the phone's digits, the code, the token.
    #[must_use]
    pub(crate) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// How many traces of one span reading the inbox left in a fleet of these stages: it is a request to sms too, and no part of
    /// the login.
    #[must_use]
    pub(crate) fn inbox_traces(&self, stages: Stages) -> usize {
        if stages.trace(Service::Sms) {
            self.inbox_reads
        } else {
            0
        }
    }

    /// The same for a shell: asks for a code, reads it, logs in with it. The phone is another one, since this one has to
    /// wait before it may have another code.
    #[must_use]
    pub(crate) fn by_hand(&self) -> [String; 3] {
        let (api, sms) = (&self.api, &self.sms);
        let json = "-H 'content-type: application/json'";
        let phone = "+8613900139000";
        let credential = self.credential.to_header();
        // Its owner sees it, in the terminal where it was made up, and it ends with the fleet.
        let credential = credential.to_str().unwrap_or_default();
        let name = platform::credential::HEADER;
        [
            format!(r#"curl {api}/v1/login/code {json} -d '{{"phone": "{phone}"}}'"#),
            format!("curl {sms}/demo/inbox/CHALLENGE_ID -H '{name}: {credential}'"),
            format!(
                r#"curl {api}/v1/login {json} -d '{{"challenge_id": "CHALLENGE_ID", "phone": "{phone}", "code": "CODE"}}'"#
            ),
        ]
    }

    async fn send_code(&mut self) -> anyhow::Result<Answer> {
        let url = format!("{}/v1/login/code", self.api);
        let body = json!({"phone": self.phone.e164()});
        let answer = self
            .web
            .send(Method::POST, &url, HeaderMap::new(), Some(body))
            .await?;
        let answer = answer.expect(StatusCode::ACCEPTED)?;
        self.challenge = answer.text("challenge_id")?;
        self.code.clear();
        Ok(answer)
    }

    async fn mistype(&mut self) -> anyhow::Result<Answer> {
        let code = self.read_code().await?;
        // Another digit in the last place, so it is certainly another code.
        let (head, last) = code.split_at(code.len().saturating_sub(1));
        let wrong = format!("{head}{}", if last == "0" { "1" } else { "0" });
        self.redeem(&wrong).await?.expect(StatusCode::UNAUTHORIZED)
    }

    async fn log_in(&mut self) -> anyhow::Result<Answer> {
        let code = self.read_code().await?;
        let answer = self.redeem(&code).await?.expect(StatusCode::OK)?;
        self.token = answer.text("token")?;
        self.secrets.push(self.token.clone());
        Ok(answer)
    }

    async fn redeem(&mut self, code: &str) -> anyhow::Result<Answer> {
        let url = format!("{}/v1/login", self.api);
        let body =
            json!({"challenge_id": self.challenge, "phone": self.phone.e164(), "code": code});
        self.secrets.push(code.to_owned());
        self.web
            .send(Method::POST, &url, HeaderMap::new(), Some(body))
            .await
    }

    async fn session(&self, method: Method, status: StatusCode) -> anyhow::Result<Answer> {
        let url = format!("{}/v1/session", self.api);
        self.web
            .send(method, &url, bearer(&self.token), None)
            .await?
            .expect(status)
    }

    /// The inbox stands in for the phone. A code is read once.
    async fn read_code(&mut self) -> anyhow::Result<String> {
        if !self.code.is_empty() {
            return Ok(self.code.clone());
        }
        let url = format!("{}/demo/inbox/{}", self.sms, self.challenge);
        let mut headers = HeaderMap::new();
        headers.insert(platform::credential::HEADER, self.credential.to_header());
        // The inbox answers when the message is there, so nobody has to ask twice.
        headers.insert("prefer", HeaderValue::from_static("wait=5"));
        self.inbox_reads += 1;
        let answer = self.web.send(Method::GET, &url, headers, None).await?;
        let answer = answer.expect(StatusCode::OK).context("no SMS came in")?;
        self.code = answer.text("code")?;
        Ok(self.code.clone())
    }

    async fn until_ready(&self, url: &str) -> anyhow::Result<()> {
        let mut last = "nothing".to_owned();
        let asked = tokio::time::timeout(PATIENCE, async {
            loop {
                match self
                    .web
                    .send(Method::GET, url, HeaderMap::new(), None)
                    .await
                {
                    Ok(answer) if answer.status == StatusCode::OK => break,
                    Ok(answer) => last = format!("{} {}", answer.status, answer.body),
                    Err(error) => last = format!("{error:#}"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        asked
            .await
            .map_err(|_| anyhow::anyhow!("the fleet is not ready: {url} last answered {last}"))
    }
}
