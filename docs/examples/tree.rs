//! The newest trace of a service as text, from the viewer or from a Jaeger.
//!
//! ```text
//! cargo run -p docs --example tree -- shop channel
//! ```

use std::time::Duration;

use clap::Parser;
use viewer::client::QueryClient;
use viewer::store::Search;

/// Prints the newest trace of a service
#[derive(Debug, Parser)]
struct Arguments {
    /// The service, as its resource names it
    service: String,

    /// Attributes to show where a span has them
    attributes: Vec<String>,

    /// Where traces are read
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:16686")]
    query: String,
}

/// A span that has just been sent takes a moment to be found.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let search = Search {
        service: Some(arguments.service),
        limit: 1,
        ..Search::default()
    };
    let client = QueryClient::new(&arguments.query)?;
    let trace = client.wait_for_any(&search, PATIENCE, |_| true).await?;
    let attributes = arguments.attributes.iter().map(String::as_str);
    print!("{}", trace.tree().attributes(attributes));
    Ok(())
}
