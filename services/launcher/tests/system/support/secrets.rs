//! What must be nowhere but where it belongs.

use contract::Target;
use contract::target::Sent;
use viewer::model::Trace;

/// The phone numbers, codes and tokens of a run.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// The credential of the services is secret from the start.
    pub(crate) fn of(target: &Target) -> Self {
        let credential = target.credential.to_header();
        let credential = credential.to_str().expect("the credential is ASCII");
        Self(vec![credential.to_owned()])
    }

    /// Phone and code of a challenge.
    pub(crate) fn add(&mut self, sent: &Sent) {
        self.0.push(sent.phone.trim_start_matches('+').to_owned());
        self.0.push(sent.phone.trim_start_matches("+86").to_owned());
        self.0.push(sent.code.clone());
    }

    /// A session token, or a key.
    pub(crate) fn add_text(&mut self, secret: &str) {
        self.0.push(secret.to_owned());
    }

    /// Demands that none of them is in a text.
    #[track_caller]
    pub(crate) fn assert_absent(&self, text: &str) {
        for secret in &self.0 {
            assert!(!tells(text, secret), "{secret} is told in: {text}");
        }
    }

    /// Demands that none of them is anywhere in a trace.
    #[track_caller]
    pub(crate) fn assert_absent_from(&self, trace: &Trace) {
        for span in &trace.spans {
            self.assert_absent(&span.operation);
            let logged = span.logs.iter().flat_map(|log| log.fields.iter());
            let tags = span.tags.iter().chain(span.process.tags.iter());
            for (key, value) in tags.chain(logged) {
                self.assert_absent(key);
                self.assert_absent(&value.to_string());
            }
        }
    }
}

/// Six digits also occur by chance, within an id or a time: there a code counts only as a word of its own.
fn tells(text: &str, secret: &str) -> bool {
    text.match_indices(secret).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        let joined = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        found.len() > 6 || !(joined(before) || joined(after))
    })
}

#[test]
fn a_code_is_told_by_a_word_and_not_by_an_id() {
    for told in ["your code is 123456.", "123456", "{\"code\":\"123456\"}"] {
        assert!(tells(told, "123456"), "{told}");
    }
    for chance in ["1795399123456-0", "ab123456cd"] {
        assert!(!tells(chance, "123456"), "{chance}");
    }
    assert!(tells("sms:8613800138000x", "8613800138000"));
}
