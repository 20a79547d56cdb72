//! Sends encoded requests, a few at a time, as several exporters would.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BufMut as _, Bytes};
use http::uri::PathAndQuery;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::request::Requests;

/// Requests that are under way at a time: the receiver never waits for the sender.
const AT_A_TIME: u64 = 4;

pub(crate) struct Sender {
    runtime: Runtime,
    channel: Channel,
    requests: Requests,
}

impl Sender {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime needs nothing special");
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let channel = runtime
            .block_on(endpoint.connect())
            .expect("the server listens");
        Self {
            runtime,
            channel,
            requests: Requests::new(),
        }
    }

    /// Sends so many requests, and returns how long it took until all were answered.
    pub(crate) fn send(&mut self, count: u64) -> Duration {
        let Self {
            runtime,
            channel,
            requests,
        } = self;
        runtime.block_on(async {
            let began = Instant::now();
            let mut under_way = JoinSet::new();
            for number in 0..count {
                if number >= AT_A_TIME {
                    under_way
                        .join_next()
                        .await
                        .expect("some are under way")
                        .expect("no panic");
                }
                let request = requests.next().expect("there is no end");
                under_way.spawn(export(channel.clone(), request));
            }
            while let Some(answered) = under_way.join_next().await {
                answered.expect("no panic");
            }
            began.elapsed()
        })
    }
}

async fn export(channel: Channel, request: Bytes) {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("the server is there");
    let path =
        PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    let answer = client.unary(Request::new(request), path, Encoded).await;
    let answer = answer.expect("the request is taken").into_inner();
    assert!(answer.is_empty(), "spans were refused");
}

/// Hands on bytes as they are.
#[derive(Clone, Copy, Debug)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
