//! The traces of a login, request by request: a code, the login, a look at the session, the logout.

/// Tags by OpenTracing's names.
pub(super) const SHIM: &str = "\
trace <id>: 9 spans, 3 services
api: POST /v1/login/code [server] component=axum http.method=POST http.route=/v1/login/code http.status_code=202
  api: POST /v1/challenges [client] component=reqwest http.method=POST http.status_code=202 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: POST /v1/challenges [server] component=axum http.method=POST http.route=/v1/challenges http.status_code=202
      auth: send otp [producer] message_bus.destination={otp:00}:messages
        auth: issue [client] component=store db.type=memory
        sms: process otp [consumer] login.channel=web message_bus.delivery_count=1 message_bus.destination={otp:00}:messages message_bus.message_id=...
          sms: begin [client] component=store db.type=memory
          sms: deliver sms [client] component=inbox peer.service=sms-gateway
          sms: settle [client] component=store db.type=memory

trace <id>: 6 spans, 2 services
api: POST /v1/login [server] component=axum http.method=POST http.route=/v1/login http.status_code=200
  api: POST /v1/sessions [client] component=reqwest http.method=POST http.status_code=201 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: POST /v1/sessions [server] component=axum http.method=POST http.route=/v1/sessions http.status_code=201
      auth: count_attempt [client] component=store db.type=memory
      auth: claim [client] component=store db.type=memory
      auth: create_session [client] component=store db.type=memory

trace <id>: 4 spans, 2 services
api: GET /v1/session [server] component=axum http.method=GET http.route=/v1/session http.status_code=200
  api: GET /v1/session [client] component=reqwest http.method=GET http.status_code=200 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: GET /v1/session [server] component=axum http.method=GET http.route=/v1/session http.status_code=200
      auth: find_session [client] component=store db.type=memory

trace <id>: 4 spans, 2 services
api: DELETE /v1/session [server] component=axum http.method=DELETE http.route=/v1/session http.status_code=204
  api: DELETE /v1/session [client] component=reqwest http.method=DELETE http.status_code=204 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: DELETE /v1/session [server] component=axum http.method=DELETE http.route=/v1/session http.status_code=204
      auth: revoke_session [client] component=store db.type=memory
";

/// Attributes by the semantic conventions.
pub(super) const NATIVE: &str = "\
trace <id>: 9 spans, 3 services
api: POST /v1/login/code [server] http.request.method=POST http.response.status_code=202 http.route=/v1/login/code
  api: POST /v1/challenges [client] http.request.method=POST http.response.status_code=202 server.address=127.0.0.1 server.port=... url.template=/v1/challenges
    auth: POST /v1/challenges [server] http.request.method=POST http.response.status_code=202 http.route=/v1/challenges
      auth: send otp [producer] messaging.destination.name={otp:00}:messages messaging.operation.name=send messaging.operation.type=send messaging.system=memory
        auth: issue [client] db.operation.name=issue db.system.name=memory
        sms: process otp [consumer] login.channel=web messaging.delivery_count=1 messaging.destination.name={otp:00}:messages messaging.message.id=... messaging.operation.name=process messaging.operation.type=process messaging.system=memory
          sms: begin [client] db.operation.name=begin db.system.name=memory
          sms: deliver sms [client] gateway=inbox
          sms: settle [client] db.operation.name=settle db.system.name=memory

trace <id>: 6 spans, 2 services
api: POST /v1/login [server] http.request.method=POST http.response.status_code=200 http.route=/v1/login
  api: POST /v1/sessions [client] http.request.method=POST http.response.status_code=201 server.address=127.0.0.1 server.port=... url.template=/v1/sessions
    auth: POST /v1/sessions [server] http.request.method=POST http.response.status_code=201 http.route=/v1/sessions
      auth: count_attempt [client] db.operation.name=count_attempt db.system.name=memory
      auth: claim [client] db.operation.name=claim db.system.name=memory
      auth: create_session [client] db.operation.name=create_session db.system.name=memory

trace <id>: 4 spans, 2 services
api: GET /v1/session [server] http.request.method=GET http.response.status_code=200 http.route=/v1/session
  api: GET /v1/session [client] http.request.method=GET http.response.status_code=200 server.address=127.0.0.1 server.port=... url.template=/v1/session
    auth: GET /v1/session [server] http.request.method=GET http.response.status_code=200 http.route=/v1/session
      auth: find_session [client] db.operation.name=find_session db.system.name=memory

trace <id>: 4 spans, 2 services
api: DELETE /v1/session [server] http.request.method=DELETE http.response.status_code=204 http.route=/v1/session
  api: DELETE /v1/session [client] http.request.method=DELETE http.response.status_code=204 server.address=127.0.0.1 server.port=... url.template=/v1/session
    auth: DELETE /v1/session [server] http.request.method=DELETE http.response.status_code=204 http.route=/v1/session
      auth: revoke_session [client] db.operation.name=revoke_session db.system.name=memory
";

/// Each span by the API that made it: api's edge is native and its calls are not; of auth and sms, it is the other way round.
pub(super) const MIXED: &str = "\
trace <id>: 9 spans, 3 services
api: POST /v1/login/code [server] http.request.method=POST http.response.status_code=202 http.route=/v1/login/code
  api: POST /v1/challenges [client] component=reqwest http.method=POST http.status_code=202 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: POST /v1/challenges [server] component=axum http.method=POST http.route=/v1/challenges http.status_code=202
      auth: send otp [producer] messaging.destination.name={otp:00}:messages messaging.operation.name=send messaging.operation.type=send messaging.system=memory
        auth: issue [client] db.operation.name=issue db.system.name=memory
        sms: process otp [consumer] login.channel=web message_bus.delivery_count=1 message_bus.destination={otp:00}:messages message_bus.message_id=...
          sms: begin [client] db.operation.name=begin db.system.name=memory
          sms: deliver sms [client] gateway=inbox login.channel=web
          sms: settle [client] db.operation.name=settle db.system.name=memory

trace <id>: 6 spans, 2 services
api: POST /v1/login [server] http.request.method=POST http.response.status_code=200 http.route=/v1/login
  api: POST /v1/sessions [client] component=reqwest http.method=POST http.status_code=201 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: POST /v1/sessions [server] component=axum http.method=POST http.route=/v1/sessions http.status_code=201
      auth: count_attempt [client] db.operation.name=count_attempt db.system.name=memory
      auth: claim [client] db.operation.name=claim db.system.name=memory
      auth: create_session [client] db.operation.name=create_session db.system.name=memory

trace <id>: 4 spans, 2 services
api: GET /v1/session [server] http.request.method=GET http.response.status_code=200 http.route=/v1/session
  api: GET /v1/session [client] component=reqwest http.method=GET http.status_code=200 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: GET /v1/session [server] component=axum http.method=GET http.route=/v1/session http.status_code=200
      auth: find_session [client] db.operation.name=find_session db.system.name=memory

trace <id>: 4 spans, 2 services
api: DELETE /v1/session [server] http.request.method=DELETE http.response.status_code=204 http.route=/v1/session
  api: DELETE /v1/session [client] component=reqwest http.method=DELETE http.status_code=204 peer.hostname=127.0.0.1 peer.port=... peer.service=auth
    auth: DELETE /v1/session [server] component=axum http.method=DELETE http.route=/v1/session http.status_code=204
      auth: revoke_session [client] db.operation.name=revoke_session db.system.name=memory
";
