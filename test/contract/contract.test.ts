import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS_HOSTS, type FunctionsHost } from '#emulator/cloud/functions-host.ts';
import { INTAKE_REFUSALS } from '#functions/ingest/openapi/intake.ts';
import { REFUSALS } from '#shared/errors/refusals.ts';
import { send } from '#test/wire/request.ts';
import { ACCEPTED_CASES } from './accepted-cases.ts';
import type { ContractCase } from './contract-case.ts';
import { contractOf, type FindViolations, type OpenApiDocument } from './described.ts';
import { OTHER_CASES } from './other-cases.ts';
import { REFUSED_CASES, UNPROVOKABLE } from './refused-cases.ts';
import { senderTo } from './sender.ts';
import { type Hosted, startHosted, startWorld, type World } from './world.ts';

let world: World;
let hosts: Readonly<Record<FunctionsHost, Hosted>>;
let violations: FindViolations;
beforeAll(async () => {
  world = await startWorld();
  const [node, framework] = await Promise.all([startHosted(world, 'node'), startHosted(world, 'functions-framework')]);
  hosts = { node, 'functions-framework': framework };
  violations = contractOf((await (await fetch(`${node.url}/openapi.json`)).json()) as OpenApiDocument);
});
afterAll(async () => {
  await Promise.all(FUNCTIONS_HOSTS.map((host) => hosts[host].close()));
  await world.stack.stop();
});

test('there is a case for every code that may be answered', () => {
  const covered = new Set<unknown>([...REFUSED_CASES.map(({ answer }) => answer), ...UNPROVOKABLE]);
  expect(INTAKE_REFUSALS.filter((code) => !covered.has(code))).toEqual([]);
});

/** Each answer that is another than promised, with what it was and in what way; empty where all are as promised. */
async function deviations({ path = '/v1/events', method = 'post', answer, run }: ContractCase, host: FunctionsHost) {
  const answers = await run(senderTo(hosts[host], world));
  if (answers.length === 0) throw new Error('a case asks something');
  const expected = typeof answer === 'number' ? `${answer}` : `${REFUSALS[answer].status} ${answer}`;
  return answers.flatMap(([what, response]) => {
    const { code } = (response.body === '' ? {} : JSON.parse(response.body)) as { code?: string };
    const answered = code === undefined ? `${response.status}` : `${response.status} ${code}`;
    const found = [...(answered === expected ? [] : [answered]), ...violations(path, method, response)];
    return found.length === 0 ? [] : [{ what, found }];
  });
}

describe.each(FUNCTIONS_HOSTS)('on the host %s', (host) => {
  test.each(OTHER_CASES)('$path, $name: $answer', async (each) => {
    expect(await deviations(each, host)).toEqual([]);
  });
});

describe.each(FUNCTIONS_HOSTS)('POST /v1/events on the host %s', (host) => {
  test.each([...ACCEPTED_CASES, ...REFUSED_CASES])('$name: $answer', async (each) => {
    expect(await deviations(each, host)).toEqual([]);
  });
});

/**
 * functions-framework answers these by itself, with a page or nothing, before a function runs. Headgate's host hands them
 * past it: there is no request that is answered otherwise on one of the hosts than on the other.
 */
test.each([
  ['JSON that is none', '/v1/events', [['content-type', 'application/json']], '{'],
  ['a charset that nobody knows', '/v1/events', [['content-type', 'application/json; charset=klingon']], '{}'],
  ['an encoding that nobody knows', '/v1/events', [['content-encoding', 'pkzip']], '{}'],
  [
    'gzip that is none',
    '/v1/events',
    [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
    ],
    '{}',
  ],
  ['a form', '/v1/events', [['content-type', 'application/x-www-form-urlencoded']], 'a=b'],
  ['a path that is not UTF-8', '/v1/%ff', [], ''],
  ['what browsers ask for by themselves', '/favicon.ico', [], ''],
] as const)('%s is answered alike by both hosts', async (_name, target, headers, body) => {
  const credential = ['authorization', `Bearer ${world.keys.acme}`] as const;
  const answers = FUNCTIONS_HOSTS.map(async (host) => {
    const response = await send(hosts[host].url, { target, headers: [credential, ...headers], body });
    const told = response.headers.filter(([name]) => !['date', 'ratelimit'].includes(name)).map(([name]) => name);
    return { ...response, headers: told.sort() };
  });
  const [one, other] = await Promise.all(answers);
  expect(one?.headers).toContain('content-type');
  expect(other).toEqual(one);
});
