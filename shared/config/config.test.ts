import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const required = { GOOGLE_CLOUD_PROJECT: 'p', PUSH_AUDIENCE: 'http://127.0.0.1:8080' };

test('defaults', () => {
  expect(readConfig({ ...required, PORT: '', UNRELATED: 'x' })).toEqual({
    host: '127.0.0.1',
    port: 8080,
    functions: ['ingest', 'decide', 'operate'],
    projectId: 'p',
    pushAudience: 'http://127.0.0.1:8080',
    oidcJwksUrl: 'https://www.googleapis.com/oauth2/v3/certs',
    logLevel: 'info',
    logOneAppliedPushIn: 100,
    maxConcurrentRequests: 1_000,
    publishDeadlineMs: 8_000,
  });
});

test('what is set counts', () => {
  expect(
    readConfig({ ...required, HOST: '0.0.0.0', PORT: '0', FUNCTIONS: 'decide', LOG_LEVEL: 'silent' }),
  ).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    functions: ['decide'],
    logLevel: 'silent',
  });
});

test.each([
  [{ GOOGLE_CLOUD_PROJECT: undefined }, 'GOOGLE_CLOUD_PROJECT: must be set'],
  [{ GOOGLE_CLOUD_PROJECT: '' }, 'GOOGLE_CLOUD_PROJECT: must be set'],
  [{ PUSH_AUDIENCE: 'not a url' }, 'PUSH_AUDIENCE'],
  [{ PORT: '70000' }, 'PORT'],
  [{ PORT: '80a' }, 'PORT'],
  [{ FUNCTIONS: 'ingest,nothing' }, 'FUNCTIONS.1'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  [{ LOG_ONE_APPLIED_PUSH_IN: '0' }, 'LOG_ONE_APPLIED_PUSH_IN'],
  [{ PUBLISH_DEADLINE_MS: '60000' }, 'PUBLISH_DEADLINE_MS'],
  [{ MAX_CONCURRENT_REQUESTS: '0' }, 'MAX_CONCURRENT_REQUESTS'],
])('%j is refused by name', (change, name) => {
  expect(() => readConfig({ ...required, ...change })).toThrow(name);
});
