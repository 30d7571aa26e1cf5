import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readStack } from '#emulator/cloud/stack-file.ts';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { understand } from '#shared/events/understand.ts';
import { apiOf, Results } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import { warehouseOf } from '#test/stack/warehouse.ts';
import { sharedStack } from './shared-stack.ts';

const run = promisify(execFile);
const stack = sharedStack();

/** `npm run tenant -- …` against this stack. */
async function tenantCommand(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['infra/tenant/cli.ts', ...args], {
    env: { ...process.env, HEADGATE_DIR: stack.directory },
  });
  return stdout;
}

const TYPES = {
  subscription: ['created', 'updated', 'cancelled', 'renewed', 'paused', 'resumed'],
  payment: ['authorized', 'captured', 'failed', 'refunded', 'disputed'],
  customer: ['created', 'updated', 'deleted'],
  campaign: ['activated', 'applied', 'expired'],
};

test('every type that customers were promised is in the catalogue, and no other', () => {
  const promised = Object.entries(TYPES).flatMap(([noun, verbs]) => verbs.map((verb) => `${noun}.${verb}`));
  expect(new Set(CATALOGUE.map(({ type }) => type))).toEqual(new Set(promised));
});

test.each(CATALOGUE)('$type $version goes all the way', async ({ type, version, example: { data } }) => {
  const stored = understand(type, version, data, { mode: 'strict' });
  if (!stored.ok) throw new Error(stored.error.message);
  const example = anEvent({ type, version, data, subject: `cus_${randomUUID()}` });
  const acme = apiOf(stack, 'acme');
  const { results } = Results.parse((await acme.post('/v1/events', example)).body);
  expect(results).toEqual([{ id: example['id'], status: 'accepted' }]);
  const [row] = await eventually(
    () =>
      warehouseOf(stack)('SELECT type, version, data FROM acme.unique_events WHERE event_id = @id', {
        id: example['id'],
      }),
    (rows) => rows.length === 1,
    5_000,
  );
  expect(row).toMatchObject({ type, version: stored.value.version });
  expect(JSON.parse(String(row?.['data']))).toEqual(stored.value.data);
  const { body } = await eventually(
    () => acme.get(`/v1/subjects/${String(example['subject'])}`),
    ({ status }) => status === 200,
    5_000,
  );
  expect(body['counts']).toMatchObject({ [type]: { total: 1 } });
});

const keyIn = (printed: string): string | undefined => /hg_[a-z]+_[\w-]{43}/.exec(printed)?.[0];

describe('onboarding into the running stack', () => {
  test('a strict tenant: the catalogue passes, a type of its own is rejected by name', async () => {
    const printed = await tenantCommand('onboard', 'umbrella', '--local', '--set', 'mode=strict');
    expect(printed).toMatch(/hg_umbrella_[\w-]{43}/);
    const umbrella = apiOf(await readStack(stack.directory), 'umbrella');
    const [entry] = CATALOGUE;
    const known = anEvent({ type: entry?.type, data: entry?.example.data });
    const { results } = Results.parse((await umbrella.post('/v1/events', [known, anEvent()])).body);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'rejected']);
    expect(results[1]?.error?.path).toBe('type');
  });

  test('it prints the endpoint, the key, and a curl line that works when pasted', async () => {
    const printed = await tenantCommand('onboard', 'initech', '--local');
    expect(printed).toContain(`${stack.api}/v1/events`);
    const curl = printed.split('\n').find((line) => line.trim().startsWith('curl '));
    const { stdout } = await run('bash', ['-c', String(curl)]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, rejected: 0 });
    await eventually(
      () => warehouseOf(stack)('SELECT event_id FROM initech.unique_events'),
      (rows) => rows.length === 1,
      5_000,
    );
  });

  test('onboarding again changes only what is asked: the key stays, and so do settings that are not given', async () => {
    const onboard = (...args: string[]): Promise<string> => tenantCommand('onboard', 'hooli', '--local', ...args);
    const first = await onboard('--set', 'mode=strict');
    const again = await onboard();
    expect(keyIn(again)).toMatch(/^hg_hooli_/);
    expect(keyIn(again)).toBe(keyIn(first));
    expect(again).not.toMatch(/^(create|update|delete) /m);
    const hooli = apiOf(await readStack(stack.directory), 'hooli');
    expect((await hooli.post('/v1/events', anEvent())).status).toBe(422);
  });

  test.each(['ab', 'Acme', 'platform', 'google'])('%s is refused as a name', async (name) => {
    await expect(tenantCommand('onboard', name, '--local')).rejects.toThrow(/tenant/i);
  });
});
