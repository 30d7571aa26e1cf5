import type { Denial } from '#shared/audit/audit-record.ts';

/** How a refusal shows: to the caller (status, title, headers) and to whoever runs Headgate (log level). */
interface RefusalSpec {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 503 | 504;
  /** The same for every occurrence; what is particular goes into `detail`. */
  readonly title: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly headers: Readonly<Record<string, string>>;
}

const RETRY_SOON = { 'retry-after': '1' };

/**
 * Every way in which a request as a whole can be refused. The keys are the stable `code` of the answer: they may be added
 * to, and never change meaning.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const REFUSALS = {
  malformed_request: { status: 400, title: 'The request is not valid HTTP', level: 'info', headers: {} },
  malformed_json: { status: 400, title: 'The body is not valid JSON', level: 'info', headers: {} },
  malformed_encoding: {
    status: 400,
    title: 'The body is not what its Content-Encoding says',
    level: 'info',
    headers: {},
  },
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is not valid', level: 'info', headers: {} },
  invalid_body: { status: 400, title: 'The body is not of the expected shape', level: 'info', headers: {} },
  missing_credentials: {
    status: 401,
    title: 'Credentials are missing',
    level: 'info',
    headers: { 'www-authenticate': 'Bearer realm="headgate"' },
  },
  invalid_credentials: {
    status: 401,
    title: 'The credentials are not valid',
    level: 'warn',
    headers: { 'www-authenticate': 'Bearer realm="headgate", error="invalid_token"' },
  },
  insufficient_scope: {
    status: 403,
    title: 'The credentials do not permit this',
    level: 'warn',
    headers: { 'www-authenticate': 'Bearer realm="headgate", error="insufficient_scope"' },
  },
  tenant_suspended: { status: 403, title: 'The tenant is suspended', level: 'warn', headers: {} },
  not_found: { status: 404, title: 'There is nothing here', level: 'info', headers: {} },
  method_not_allowed: { status: 405, title: 'The method is not allowed here', level: 'info', headers: {} },
  request_timeout: {
    status: 408,
    title: 'The body did not arrive in time',
    level: 'info',
    headers: { connection: 'close' },
  },
  idempotency_key_in_flight: {
    status: 409,
    title: 'A request with this Idempotency-Key is being processed',
    level: 'info',
    headers: RETRY_SOON,
  },
  too_many_api_keys: {
    status: 409,
    title: 'The tenant has as many API keys as it may have',
    level: 'info',
    headers: {},
  },
  payload_too_large: { status: 413, title: 'The body is too large', level: 'info', headers: {} },
  too_many_events: { status: 413, title: 'The request has too many events', level: 'info', headers: {} },
  too_many_values: { status: 413, title: 'The body has too many JSON values', level: 'info', headers: {} },
  unsupported_media_type: { status: 415, title: 'The content type is not supported', level: 'info', headers: {} },
  unsupported_content_encoding: {
    status: 415,
    title: 'The content encoding is not supported',
    level: 'info',
    headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
  },
  all_events_invalid: { status: 422, title: 'Every event was rejected', level: 'info', headers: {} },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key came with another request',
    level: 'info',
    headers: {},
  },
  rate_limited: { status: 429, title: 'More events than the rate limit allows', level: 'info', headers: {} },
  quota_exceeded: { status: 429, title: 'The quota is used up', level: 'warn', headers: {} },
  too_many_in_flight: {
    status: 429,
    title: 'More requests at a time than one tenant may have',
    level: 'info',
    headers: RETRY_SOON,
  },
  too_many_unknown_credentials: {
    status: 429,
    title: 'More unknown credentials of one tenant than are looked up at a time',
    level: 'info',
    headers: RETRY_SOON,
  },
  abnormal_usage: {
    status: 429,
    title: 'Too many invalid requests one after another',
    level: 'warn',
    headers: {},
  },
  internal: { status: 500, title: 'Something went wrong on our side', level: 'error', headers: {} },
  publish_unavailable: {
    status: 503,
    title: 'The events could not be handed on; send them again',
    level: 'error',
    headers: RETRY_SOON,
  },
  overloaded: {
    status: 503,
    title: 'There is more to do than this instance can take on; send it again',
    level: 'error',
    headers: RETRY_SOON,
  },
  circuit_open: {
    status: 503,
    title: "This tenant's events could not be handed on repeatedly; send them again later",
    level: 'warn',
    headers: RETRY_SOON,
  },
  settings_unavailable: {
    status: 503,
    title: 'The request could not be checked; send it again',
    level: 'error',
    headers: RETRY_SOON,
  },
  api_keys_unavailable: {
    status: 503,
    title: 'The API keys could not be read or changed; send it again',
    level: 'error',
    headers: RETRY_SOON,
  },
  not_processed: {
    status: 503,
    title: 'The message was not processed; deliver it again',
    level: 'error',
    headers: RETRY_SOON,
  },
  deadline_exceeded: {
    status: 504,
    title: 'The events were not handed on in time; send them again',
    level: 'error',
    headers: RETRY_SOON,
  },
} as const satisfies Record<string, RefusalSpec>;

export type RefusalCode = keyof typeof REFUSALS;

/** What is particular to one occurrence. */
interface RefusalParticulars {
  /** For a person to read. Never a credential, and never another tenant's name. */
  readonly detail?: string;
  /** Further members of the problem document, such as `results`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
  /** Of a 401 or 403: who was denied and why, for the audit trail. Never part of an answer. */
  readonly denial?: Denial;
}

/** A request refused as a whole. Thrown by whoever finds the reason; rendered once, at the edge. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly particulars: RefusalParticulars;

  constructor(code: RefusalCode, particulars: RefusalParticulars = {}) {
    super(particulars.detail ?? REFUSALS[code].title, { cause: particulars.cause });
    this.code = code;
    this.particulars = particulars;
  }

  /** The same, with `headers` besides its own. */
  withHeaders(headers: Readonly<Record<string, string>>): Refusal {
    return new Refusal(this.code, { ...this.particulars, headers: { ...headers, ...this.particulars.headers } });
  }

  get status(): RefusalSpec['status'] {
    return REFUSALS[this.code].status;
  }

  get level(): RefusalSpec['level'] {
    return REFUSALS[this.code].level;
  }
}

/** What was thrown, as a refusal: anything unforeseen is `internal`, and says nothing about itself to the caller. */
export function toRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('internal', { cause: error });
}
