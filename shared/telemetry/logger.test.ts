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
