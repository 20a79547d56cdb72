//! What Jaeger's agent is sent, as its `agent.thrift` has it.

use thrift_codec::data::Struct;
use thrift_codec::message::Message;

use super::jaeger::Batch;

/// The message `emitBatch`, which has no answer.
#[derive(Debug, Clone)]
pub struct EmitBatchNotification {
    /// What is sent.
    pub batch: Batch,
}

impl From<EmitBatchNotification> for Message {
    fn from(message: EmitBatchNotification) -> Self {
        let arguments = Struct::from((Struct::from(message.batch),));
        Self::oneway("emitBatch", 0, arguments)
    }
}
