import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  return { logger, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('lines are as Cloud Logging reads them', () => {
  const { logger, last } = capture();
  logger.warn({ tenant_id: 'acme' }, 'refused');
  expect(last()).toEqual({
    severity: 'WARNING',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    tenant_id: 'acme',
    message: 'refused',
  });
});

test('an error brings its stack, its code and its cause', () => {
  const { logger, last } = capture();
  logger.error({ err: Object.assign(new Error('boom', { cause: new TypeError('why') }), { code: 14 }) }, 'failed');
  expect(last()['err']).toEqual({
    type: 'Error',
    message: 'boom',
    code: 14,
    stack: expect.stringContaining('boom'),
    cause: { type: 'TypeError', message: 'why', stack: expect.any(String) },
  });
});

test.each([
  { authorization: 'Bearer s3cret' },
  { headers: { Authorization: 'Bearer s3cret' } },
  { request: { headers: { cookie: 's3cret' } } },
  { list: [{ apiKey: 's3cret' }] },
  { err: Object.assign(new Error('x'), { config: { headers: { token: 's3cret' } } }) },
])('a credential is not written: %j', (fields) => {
  const { logger, last } = capture();
  logger.info({ ...fields, tenant_id: 'acme' }, 'x');
  expect(JSON.stringify(last())).not.toContain('s3cret');
  expect(last()['tenant_id']).toBe('acme');
});

const SUBJECT = 'ann@example.com "Ann" O\'Neil/Ltd';
const PATH = `projects/p/databases/(default)/documents/tenants/acme/subjects/${SUBJECT}`;

test.each<[string, object, string?]>([
  ['an error of Firestore', { err: new Error(`5 NOT_FOUND: No document to update: ${PATH}`) }],
  ['its cause', { err: new Error('conflict', { cause: new Error(`10 ABORTED: contention on ${PATH}.`) }) }],
  ['an error of Pub/Sub', { err: new Error(`3 INVALID_ARGUMENT: Ordering key ${SUBJECT} is too long`) }],
  ['a field', { reason: `the document ${PATH} is too large` }],
  ['a route that is none', { route: `GET /v1/subjects/${SUBJECT}/x` }],
  ['the message', {}, `could not read ${PATH}`],
])('a subject is not written: %s', (_name, fields, message = 'failed') => {
  const { logger, last } = capture();
  logger.error({ ...fields, tenant_id: 'acme', status: 503 }, message);
  const line = JSON.stringify(last());
  for (const part of ['ann@example.com', 'Ann', 'Neil', 'Ltd']) expect(line).not.toContain(part);
  expect(last()).toMatchObject({ tenant_id: 'acme', status: 503, severity: 'ERROR' });
});

test('the stack stays, and so does the route of subjects', () => {
  const { logger, last } = capture();
  logger.error({ err: new Error(`NOT_FOUND: ${PATH}`), route: 'GET /v1/subjects/{subject}' }, 'failed');
  expect(last()).toMatchObject({
    err: {
      message: expect.stringMatching(/^NOT_FOUND: .*subjects\/\[redacted\]$/),
      stack: expect.stringMatching(/\n +at /),
    },
    route: 'GET /v1/subjects/{subject}',
  });
});
