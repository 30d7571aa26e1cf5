import { expect, test } from 'vitest';
import { problemResponse } from './problem.ts';
import { Refusal, type RefusalCode, REFUSALS, toRefusal } from './refusals.ts';

const codes = Object.keys(REFUSALS) as RefusalCode[];

test.each(codes)('%s renders as a problem document', async (code) => {
  const response = problemResponse(new Refusal(code));
  expect(response.status).toBe(REFUSALS[code].status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toEqual({
    type: `urn:headgate:problem:${code}`,
    code,
    title: REFUSALS[code].title,
    status: REFUSALS[code].status,
  });
});

test('an occurrence adds its detail, members and headers', async () => {
  const response = problemResponse(
    new Refusal('method_not_allowed', { detail: 'GET', members: { results: [1] }, headers: { allow: 'POST' } }),
  );
  expect(response.headers.get('allow')).toBe('POST');
  expect(await response.json()).toMatchObject({ detail: 'GET', results: [1] });
});

test.each(codes.filter((code) => REFUSALS[code].status === 401))('%s says how to authenticate', (code) => {
  expect(problemResponse(new Refusal(code)).headers.get('www-authenticate')).toMatch(/^Bearer/);
});

test.each(codes.filter((code) => REFUSALS[code].status > 500))('%s says when to come back', (code) => {
  expect(Number(problemResponse(new Refusal(code)).headers.get('retry-after'))).toBeGreaterThan(0);
});

test('what nobody foresaw tells the caller nothing', async () => {
  const refusal = toRefusal(new Error('password=hunter2'));
  expect(refusal.code).toBe('internal');
  expect(await problemResponse(refusal).text()).not.toContain('hunter2');
  const known = new Refusal('not_found');
  expect(toRefusal(known)).toBe(known);
});
