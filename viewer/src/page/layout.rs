//! The frame of every view, and how an answer is sent.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::beside::Beside;

/// Nothing from elsewhere, nothing inline, no text that becomes markup by script, and no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The parts of the page: what the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Traces,
    Compare,
    Stages,
    Fleet,
    /// Where differences and findings lead; the navigation has no link of its own to it.
    Guide,
}

impl Section {
    const ALL: [Self; 4] = [Self::Traces, Self::Compare, Self::Stages, Self::Fleet];

    fn name(self) -> &'static str {
        match self {
            Self::Traces => "Traces",
            Self::Compare => "Compare",
            Self::Stages => "Stages",
            Self::Fleet => "Fleet",
            Self::Guide => "Guide",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Traces => "/",
            Self::Compare => "/compare",
            Self::Stages => "/stages",
            Self::Fleet => "/fleet",
            Self::Guide => "/guide",
        }
    }

    /// The style and script of its own, by the name that both have.
    fn assets(self) -> Option<&'static str> {
        match self {
            Self::Traces => None,
            Self::Compare | Self::Guide => Some("compare"),
            Self::Stages | Self::Fleet => Some("stages"),
        }
    }
}

/// What stands in the frame.
#[derive(Debug)]
pub(super) struct View {
    pub(super) section: Section,
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) main: Markup,
}

impl View {
    /// A heading and a sentence. While nothing was found, the script keeps looking.
    pub(super) fn message(status: StatusCode, title: &str, sentence: &str) -> Self {
        Self {
            section: Section::Traces,
            status,
            title: title.to_owned(),
            main: html! {
                div #message data-live[status == StatusCode::NOT_FOUND] {
                    h1 { (title) }
                    p { (sentence) }
                    p { a href="/" { "All traces" } }
                }
            },
        }
    }
}

/// Sends the view, or that it is still as the browser knows it. Only then is it made.
pub(super) fn answer_if_changed(
    headers: &HeaderMap,
    tag: &str,
    view: impl FnOnce() -> View,
) -> Response {
    let response = if is_known(headers, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer(&view())
    };
    tagged(response, tag)
}

/// As [`answer_if_changed`], for a view that takes its time: it is made beside the requests.
pub(super) async fn answer_beside(
    headers: &HeaderMap,
    tag: &str,
    beside: &Beside,
    view: impl FnOnce() -> View + Send + 'static,
) -> Response {
    let response = if is_known(headers, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        beside.run(move || answer(&view())).await
    };
    tagged(response, tag)
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH);
    known.is_some_and(|known| known.as_bytes() == tag.as_bytes())
}

fn tagged(mut response: Response, tag: &str) -> Response {
    // A tag is made of digits and dashes.
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Sends the view.
pub(super) fn answer(view: &View) -> Response {
    send(view, &html! {})
}

/// Sends a view that is another in a moment: a browser without script loads it again by itself.
pub(super) fn answer_for_now(view: &View) -> Response {
    send(
        view,
        &html! { noscript { meta http-equiv="refresh" content="1"; } },
    )
}

fn send(view: &View, head: &Markup) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without any, a browser would call the origin of this page's own forms `null`.
        (REFERRER_POLICY, "same-origin"),
        // Kept, but asked about each time.
        (CACHE_CONTROL, "no-cache"),
    ];
    (view.status, HEADERS, frame(view, head).into_string()).into_response()
}

fn frame(view: &View, head: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (view.title) " · viewer" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/page.css";
                script src="/assets/page.js" type="module" {}
                @if let Some(own) = view.section.assets() {
                    link rel="stylesheet" href={ "/assets/" (own) ".css" };
                    script src={ "/assets/" (own) ".js" } type="module" {}
                }
                (head)
            }
            body {
                a .skip href="#main" { "Skip to content" }
                header .top {
                    a .brand href="/" { span .logo aria-hidden="true" {} "viewer" }
                    nav .sections aria-label="Sections" {
                        @for section in Section::ALL {
                            a href=(section.path()) aria-current=[(section == view.section).then_some("page")] {
                                (section.name())
                            }
                        }
                    }
                    // The script fills it: without one, nothing is live.
                    div #live {}
                }
                main #main tabindex="-1" { (view.main) }
                footer {
                    p { "Keeps the newest traces in memory. There is a " a href=(Section::Guide.path()) { "guide" } ". For programs: "
                        a href="/api/services" { "services" } ", "
                        a href="/api/stats" { "counts" } " and the rest of Jaeger’s API." }
                    @if let Some(keys) = keys(view.section) { p .keys hidden { (keys) } }
                }
            }
        }
    }
}

/// What the script of a section lets one do without a mouse.
fn keys(section: Section) -> Option<Markup> {
    match section {
        Section::Traces => Some(html! {
            "Keys: " kbd { "/" } " search, " kbd { "↑" } kbd { "↓" } " move, "
            kbd { "←" } kbd { "→" } " fold and unfold, " kbd { "Enter" } " open, " kbd { "Esc" } " close"
        }),
        Section::Compare => Some(html! {
            "Keys: " kbd { "n" } " next difference, " kbd { "p" } " the one before"
        }),
        Section::Stages | Section::Fleet | Section::Guide => None,
    }
}
