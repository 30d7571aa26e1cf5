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

test('an error brings its stack', () => {
  const { logger, last } = capture();
  logger.error({ err: new Error('boom') }, 'failed');
  expect(last()['err']).toMatchObject({ message: 'boom', stack: expect.stringContaining('boom') });
});

test.each([
  { authorization: 'Bearer s3cret' },
  { headers: { authorization: 'Bearer s3cret' } },
  { request: { headers: { cookie: 's3cret' } } },
  { err: Object.assign(new Error('x'), { config: { token: 's3cret' } }) },
])('a credential is not written: %j', (fields) => {
  const { logger, last } = capture();
  logger.info(fields, 'x');
  expect(JSON.stringify(last())).not.toContain('s3cret');
});
