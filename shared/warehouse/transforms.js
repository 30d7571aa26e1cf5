/* Runs inside Pub/Sub, not in Node: no imports, no exports, no globals beyond ECMAScript. Pub/Sub calls each by its name. */
/* oxlint-disable no-unused-vars */

function eventRow(message) {
  const event = parseObject(message.data);
  const metadata = event.metadata;
  return withRow(message, {
    event_id: requireString(event, 'id'),
    type: requireString(event, 'type'),
    version: requireString(event, 'version'),
    timestamp: requireTimestamp(event, 'timestamp'),
    received_at: requireTimestamp(event, 'received_at'),
    tenant_id: requireString(event, 'tenant_id'),
    project_id: optionalString(event.project_id),
    subject: requireString(event, 'subject'),
    correlation_id: optionalString(event.correlation_id),
    source: optionalString(metadata === undefined || metadata === null ? undefined : metadata.source),
    data: requireJson(event, 'data'),
    metadata: optionalJson(metadata),
  });
}

function userPropertiesRow(message) {
  const change = parseObject(message.data);
  return withRow(message, {
    event_id: requireString(change, 'id'),
    timestamp: requireTimestamp(change, 'timestamp'),
    received_at: requireTimestamp(change, 'received_at'),
    tenant_id: requireString(change, 'tenant_id'),
    project_id: optionalString(change.project_id),
    subject: requireString(change, 'subject'),
    properties: requireJson(change, 'properties'),
  });
}

function decisionRow(message) {
  const decision = parseObject(message.data);
  return withRow(message, {
    decision_id: requireString(decision, 'id'),
    rule: requireString(decision, 'rule'),
    decision: requireString(decision, 'decide'),
    subject: requireString(decision, 'subject'),
    event_id: requireString(decision, 'event_id'),
    event_type: optionalString(decision.event_type),
    tenant_id: requireString(decision, 'tenant_id'),
    project_id: optionalString(decision.project_id),
    params: optionalJson(decision.params),
    decided_at: requireTimestamp(decision, 'decided_at'),
  });
}

/* Must not throw, whatever the message: the dead-letter topic has no dead-letter topic of its own. */
function failedEventRow(message, metadata) {
  const attributes = message.attributes || {};
  const data = textOf(message.data);
  const sent = fieldsIn(data);
  const subscription = lastSegment(
    attributes.source_subscription || attributes.CloudPubSubDeadLetterSourceSubscription,
  );
  /* What was never published has no subscription. */
  const names = (subscription || attributes.source_topic || '').split('.');
  const attempts = parseInt(attributes.delivery_attempt || attributes.CloudPubSubDeadLetterSourceDeliveryCount, 10);
  return withRow(message, {
    event_id: attributes.event_id || optionalString(sent.id),
    tenant_id: names.length > 1 ? names[0] : attributes.tenant_id,
    project_id: attributes.project_id || optionalString(sent.project_id),
    stream: names[1],
    source_subscription: subscription,
    reason:
      attributes.reason ||
      attributes.CloudPubSubDeadLetterSourceDeliveryErrorMessage ||
      reasonFrom(subscription, attempts),
    delivery_attempts: attempts > 0 ? attempts : undefined,
    data: firstCharacters(data, 1000000),
    failed_at: (metadata && metadata.publish_time) || new Date().toISOString(),
  });
}

/* Attributes stay: with writeMetadata, Pub/Sub writes them to the column of that name. */
function withRow(message, row) {
  return { data: JSON.stringify(row), attributes: message.attributes || {} };
}

function parseObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error('data: not JSON: ' + error.message, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('data: not a JSON object');
  return value;
}

function requireString(object, field) {
  if (typeof object[field] !== 'string' || object[field] === '')
    throw new Error(field + ': must be a non-empty string');
  return object[field];
}

function requireJson(object, field) {
  if (object[field] === null || typeof object[field] !== 'object') throw new Error(field + ': must be an object');
  return JSON.stringify(object[field]);
}

/* RFC 3339 allows what BigQuery refuses: more than six fractional digits, and lower case. */
function requireTimestamp(object, field) {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(String(object[field]).toUpperCase());
  if (parts === null) throw new Error(field + ': must be an RFC 3339 date-time');
  return parts[1] + (parts[2] || '').slice(0, 7) + parts[3];
}

function optionalString(value) {
  return typeof value === 'string' ? value : undefined;
}

/* A JSON column takes its value as a string of JSON. */
function optionalJson(value) {
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function lastSegment(path) {
  return typeof path === 'string' ? path.slice(path.lastIndexOf('/') + 1) : undefined;
}

function fieldsIn(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function reasonFrom(subscription, attempts) {
  if (attempts > 0) return 'not acknowledged by ' + subscription + ' in ' + attempts + ' deliveries';
  return 'published to the dead-letter topic without a reason';
}

/* A message's data is a string; bytes are handled too, as nothing says how data that is not UTF-8 is presented. */
function textOf(data) {
  if (typeof data === 'string') return data;
  if (data === undefined || data === null) return '';
  const isBytes = Array.isArray(data) || Object.prototype.toString.call(data) === '[object Uint8Array]';
  return isBytes ? base64(data) : JSON.stringify(data);
}

function base64(bytes) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    text += alphabet[(triple >> 18) & 63] + alphabet[(triple >> 12) & 63];
    text += i + 1 < bytes.length ? alphabet[(triple >> 6) & 63] : '=';
    text += i + 2 < bytes.length ? alphabet[triple & 63] : '=';
  }
  return text;
}

/* Not in the middle of a surrogate pair, which BigQuery would refuse. */
function firstCharacters(text, count) {
  if (text.length <= count) return text;
  return text.slice(0, /[\uD800-\uDBFF]/.test(text[count - 1]) ? count - 1 : count);
}
