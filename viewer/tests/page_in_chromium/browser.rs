//! A Chromium that tests drive: as much of the DevTools protocol as they need, over a pair of pipes.
//!
//! The protocol over pipes needs no port, no web socket and no driver program, and a browser whose pipe closes ends by
//! itself. A crate with the whole protocol compiles longer than all of these tests run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use testbed::programs::Program;

const CHROMIUM: Program = Program {
    name: "chromium",
    variable: "CHROMIUM_BIN",
    cached: None,
    remedy: "install chromium",
};

/// Asked for pictures, the tests write them here.
const SCREENSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screenshots");

/// Far more than anything takes, for machines that have other work.
const DEADLINE: Duration = Duration::from_secs(60);

/// One browser at a time: several at once starve each other on a small machine.
static ALONE: Mutex<()> = Mutex::new(());

/// A browser with one tab.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Json>,
    session: Json,
    last_id: u64,
    complaints: Vec<String>,
    _profile: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one; `None` when there is none, which standard error says.
    pub fn start() -> Option<Self> {
        let program = CHROMIUM.find_or_skip()?;
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = TempDir::new().expect("a temporary folder");
        // The shell makes its standard streams those that the browser expects: commands on 3, answers on 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec 3<&0 4>&1 </dev/null >/dev/null; exec \"$@\"",
                "sh",
            ])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--no-first-run"])
            // Containers and root have no sandbox. What is shown is our own.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--font-render-hinting=none",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        let commands = child.stdin.take().expect("piped");
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while answers
                .read_until(0, &mut message)
                .is_ok_and(|read| read > 0)
            {
                message.pop();
                let parsed = serde_json::from_slice(&message).expect("a message in JSON");
                message.clear();
                if sender.send(parsed).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            child,
            commands,
            messages,
            session: Json::Null,
            last_id: 0,
            complaints: Vec::new(),
            _profile: profile,
            _alone: alone,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.window(1280, 800);
        Some(browser)
    }

    /// Sends a command and waits for its result.
    pub fn call(&mut self, method: &str, params: Json) -> Json {
        self.try_call(method, params)
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, params: Json) -> Result<Json, String> {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method });
        command["params"] = params;
        if !self.session.is_null() {
            command["sessionId"] = self.session.clone();
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands
            .write_all(&bytes)
            .expect("a browser that reads");
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut message = match self.messages.recv_timeout(left) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Err("no answer in time".to_owned()),
                Err(RecvTimeoutError::Disconnected) => return Err("the browser ended".to_owned()),
            };
            if message["id"] == self.last_id {
                return match message.get("error") {
                    Some(error) => Err(error.to_string()),
                    None => Ok(message["result"].take()),
                };
            }
            self.note(&message);
        }
    }

    /// Keeps what a developer would see in red.
    fn note(&mut self, message: &Json) {
        let params = &message["params"];
        let complaint = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                params["type"] == "error" || params["type"] == "warning"
            }
            Some("Log.entryAdded") => params["entry"]["level"] == "error",
            _ => false,
        };
        if complaint {
            self.complaints.push(params.to_string());
        }
    }

    /// Nothing was thrown, refused by the policy, or not found.
    pub fn assert_content(&mut self) {
        // Events that precede this answer have been read when it is here.
        self.eval("0");
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }

    /// The value of an expression, or of what it promises.
    pub fn eval(&mut self, expression: &str) -> Json {
        self.try_eval(expression)
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    fn try_eval(&mut self, expression: &str) -> Result<Json, String> {
        let mut result = self.try_call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        )?;
        match result.get("exceptionDetails") {
            Some(thrown) => Err(thrown.to_string()),
            None => Ok(result["result"]["value"].take()),
        }
    }

    /// Waits until an expression is true. One that fails, as on a page that is just leaving, is not.
    pub fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + DEADLINE;
        let mut last = Err(String::new());
        while Instant::now() < deadline {
            last = self.try_eval(expression);
            if last == Ok(Json::Bool(true)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let page = self.try_eval("document.body.innerText");
        panic!("{expression} is {last:?} at last, on a page that reads {page:?}");
    }

    /// Opens a page, and waits until its script has started.
    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
        self.until("document.readyState === 'complete' && location.href !== 'about:blank' && document.querySelector('.keys[hidden]') === null");
    }

    /// Presses and releases a key, as a person does.
    pub fn press(&mut self, key: &str) {
        let (code, number) = match key {
            "Tab" => ("Tab", 9),
            "Enter" => ("Enter", 13),
            "Escape" => ("Escape", 27),
            "End" => ("End", 35),
            "Home" => ("Home", 36),
            "ArrowLeft" => ("ArrowLeft", 37),
            "ArrowUp" => ("ArrowUp", 38),
            "ArrowRight" => ("ArrowRight", 39),
            "ArrowDown" => ("ArrowDown", 40),
            "/" => ("Slash", 191),
            " " => ("Space", 32),
            "n" => ("KeyN", 78),
            "p" => ("KeyP", 80),
            other => panic!("no code for the key {other}"),
        };
        let text = match key {
            "Enter" => "\r",
            "/" | " " | "n" | "p" => key,
            _ => "",
        };
        let mut down =
            json!({ "type": "keyDown", "key": key, "code": code, "windowsVirtualKeyCode": number });
        if !text.is_empty() {
            down["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down.clone());
        down["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", down);
    }

    /// Presses a key until the focus is on what the selector means.
    pub fn press_until_focused(&mut self, key: &str, selector: &str) {
        let focused = format!("document.activeElement.matches({})", json!(selector));
        for _ in 0..30 {
            self.press(key);
            if self.eval(&focused) == true {
                return;
            }
        }
        panic!("{key} does not lead to {selector}");
    }

    /// How often the page has been laid out so far.
    pub fn layouts(&mut self) -> u64 {
        self.call("Performance.enable", json!({}));
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("metrics");
        let layouts = metrics.iter().find(|it| it["name"] == "LayoutCount");
        layouts
            .and_then(|it| it["value"].as_f64())
            .expect("a number") as u64
    }

    /// How often the page has asked for an address in which this occurs.
    pub fn requests(&mut self, part: &str) -> u64 {
        let part = json!(part);
        let requests = self.eval(&format!(
            "performance.getEntriesByType('resource').filter((it) => it.name.includes({part})).length"
        ));
        requests.as_u64().expect("a number")
    }

    /// Sets the size of what is seen, in CSS pixels.
    pub fn window(&mut self, width: u32, height: u32) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
        );
    }

    /// What the reader prefers: `light` or `dark`.
    pub fn scheme(&mut self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        );
    }

    /// Takes a picture for the documentation, if the variable `SCREENSHOTS` asks for it.
    pub fn picture(&mut self, name: &str) {
        if std::env::var_os("SCREENSHOTS").is_none() {
            return;
        }
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        let data = shot["data"].as_str().expect("a picture");
        let png = base64::engine::general_purpose::STANDARD
            .decode(data)
            .expect("base64");
        let folder = Path::new(SCREENSHOTS);
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a file");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to, it ends with all of its processes; waited for, so that its folder can be removed.
        self.session = Json::Null;
        let _ = self.try_call("Browser.close", json!({}));
        let _ = self.child.wait();
    }
}
