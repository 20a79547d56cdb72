//! Style, script and icon.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::routing::get;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Each under its own name below `/assets/`.
pub(super) fn router() -> Router {
    let asset = |kind: &'static str, text: &'static str| {
        get(async move || {
            let headers = [
                (CONTENT_TYPE, kind),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                // A newer binary has newer files under the same names.
                (CACHE_CONTROL, "no-cache"),
            ];
            (headers, text)
        })
    };
    Router::new()
        .route(
            "/assets/page.css",
            asset(CSS, include_str!("assets/page.css")),
        )
        .route("/assets/page.js", asset(JS, include_str!("assets/page.js")))
        .route("/assets/live.js", asset(JS, include_str!("assets/live.js")))
        .route("/assets/list.js", asset(JS, include_str!("assets/list.js")))
        .route(
            "/assets/compare.css",
            asset(CSS, include_str!("assets/compare.css")),
        )
        .route(
            "/assets/compare.js",
            asset(JS, include_str!("assets/compare.js")),
        )
        .route(
            "/assets/stages.css",
            asset(CSS, include_str!("assets/stages.css")),
        )
        .route(
            "/assets/stages.js",
            asset(JS, include_str!("assets/stages.js")),
        )
        .route(
            "/assets/waterfall.js",
            asset(JS, include_str!("assets/waterfall.js")),
        )
        .route(
            "/assets/icon.svg",
            asset("image/svg+xml", include_str!("assets/icon.svg")),
        )
}
