import { type JsonObject } from '#shared/events/event-envelope.ts';
import { type EventError, reasonOf, refusal, refusalOfIssues } from '#shared/events/problems.ts';
import type { Limits } from '#functions/ingest/limits.ts';
import type { Inexact } from '../inexact.ts';
import { isJson, readMediaType } from '../media-type.ts';
import { parseJson } from '../parse-json.ts';
import { TranslatedItem, UnreadableItem } from '../received.ts';
import { singleEvent } from '../value-bounds.ts';
import { ATTRIBUTE_NAME, CloudEvent } from './cloud-event.ts';

/** What the attributes that have a place of their own are called in an event. All others go to its `metadata`. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['time', 'timestamp'],
  ['correlationid', 'correlation_id'],
  ['tenantid', 'tenant_id'],
  ['projectid', 'project_id'],
  ['idempotencykey', 'metadata.idempotency_key'],
  ['source', 'metadata.source'],
]);

const ATTRIBUTES: ReadonlyMap<string, string> = new Map([...NAMES].map(([attribute, path]) => [path, attribute]));

/** `…/order/1.2`, `…/order/v1.2.json`, `urn:order:1.2`, `#1.2` */
const VERSION_OF_SCHEMA = /(?:^|[/#:])v?(\d+\.\d+)(?:\.json)?$/;

/**
 * Says in Headgate's terms what a CloudEvent says in its own. `id`, `type` and `subject` stay what they are; `time` becomes
 * `timestamp` (where it is missing, the time of receipt does), and `source` `metadata.source`. The version is the extension
 * `dataversion`, or else what `dataschema` ends with where that is a version. The extensions `correlationid`, `tenantid`,
 * `projectid` and `idempotencykey` become the fields of these names. Whatever else there is (`dataschema`, `traceparent`, other
 * extensions, a `datacontenttype` other than application/json) is kept in `metadata` under its own name. An event without
 * data has an empty object.
 *
 * Whose event it is, neither `source` nor any extension can say: a `tenantid` other than the caller's is refused, as a
 * `tenant_id` is. Ids are the tenant's, not a source's: two events with one id are one, whatever their sources.
 *
 * @param raw parsed JSON of any shape.
 */
export function translateCloudEvent(raw: unknown, receivedAt: string, limits: Limits): TranslatedItem | UnreadableItem {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return new UnreadableItem(refusal('invalid_event', '', 'must be an object').error);
  }
  const id = 'id' in raw && typeof raw.id === 'string' && raw.id.length <= 256 ? raw.id : undefined;
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (!ATTRIBUTE_NAME.test(name) && name !== 'data_base64') {
      const reason = 'not the name of an attribute, which is lower-case letters and digits';
      return new UnreadableItem(refusal('invalid_event', name, reason).error, id);
    }
    if (value !== null) attributes[name] = value;
  }
  const parsed = CloudEvent.safeParse(attributes, { error: reasonOf });
  if (!parsed.success) return new UnreadableItem(refusalOfIssues(parsed.error).error, id);
  const data = dataOf(parsed.data, limits);
  return data.ok ? translated(parsed.data, data, receivedAt) : new UnreadableItem(data.error, id);
}

function translated(cloudEvent: CloudEvent, { value: data, inexact }: Data, receivedAt: string): TranslatedItem {
  const {
    specversion: _specversion,
    id,
    source,
    type,
    subject,
    time,
    datacontenttype,
    dataversion,
    correlationid,
    ...others
  } = cloudEvent;
  const { tenantid, projectid, idempotencykey, data: _data, data_base64: _base64, ...extensions } = others;
  const metadata: JsonObject = { source, ...extensions };
  if (idempotencykey !== undefined) metadata['idempotency_key'] = idempotencykey;
  if (datacontenttype !== undefined && readMediaType(datacontenttype) !== 'application/json') {
    metadata['datacontenttype'] = datacontenttype;
  }
  const item = {
    id,
    type,
    version: dataversion ?? VERSION_OF_SCHEMA.exec(others.dataschema ?? '')?.[1],
    timestamp: time ?? receivedAt,
    subject,
    correlation_id: correlationid,
    tenant_id: tenantid,
    project_id: projectid,
    data,
    metadata,
  };
  const versionName = dataversion === undefined ? 'dataschema' : 'dataversion';
  return new TranslatedItem(item, (path) => nameOf(path, versionName), { traceparent: others.traceparent, inexact });
}

/** The attribute that says what is at a path of the event. */
function nameOf(path: string, versionName: string): string {
  if (path === 'version') return versionName;
  return ATTRIBUTES.get(path) ?? (path.startsWith('metadata.') ? path.slice('metadata.'.length) : path);
}

interface Data {
  readonly ok: true;
  readonly value: unknown;
  readonly inexact?: Inexact | undefined;
}

type Refused = { readonly ok: false; readonly error: EventError };

function dataOf({ data, data_base64: base64, datacontenttype }: CloudEvent, limits: Limits): Data | Refused {
  if (datacontenttype !== undefined && !isJson(readMediaType(datacontenttype))) {
    return refusal('invalid_event', 'datacontenttype', 'must be JSON, in UTF-8');
  }
  if (base64 === undefined) return { ok: true, value: data ?? {} };
  if (data !== undefined) return refusal('invalid_event', 'data_base64', 'must not be beside data');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return refusal('invalid_event', 'data_base64', 'must be base64');
  return parsedData(bytes, limits);
}

/** What was told of in base64 has been counted by nobody. */
function parsedData(bytes: Buffer, limits: Limits): Data | Refused {
  const { error } = singleEvent(bytes, limits);
  if (error !== undefined) return refusal(error.code, 'data_base64', error.message);
  try {
    const { json, inexact } = parseJson(bytes);
    const found = inexact.get(0);
    return { ok: true, value: json, inexact: found && { path: `data.${found.path}`, reason: found.reason } };
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : 'cannot be read';
    return refusal('malformed_json', 'data_base64', reason);
  }
}
