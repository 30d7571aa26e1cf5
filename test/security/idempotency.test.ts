import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { headerOf } from '#test/wire/response-reader.ts';
import { tokenOf } from './tokens.ts';
import { acceptedIds, expectRefusal, keyOf, postAsAcme, postWith, published, world } from './world.ts';

const { id: _id, ...withoutId } = anEvent();
const keyed = (key: string): (readonly [string, string])[] => [['idempotency-key', key]];

describe('an Idempotency-Key', () => {
  test("of another tenant, with the same body: the answer is the caller's own, not the other's", async () => {
    const key = randomUUID();
    const first = await postWith(keyOf('globex'), withoutId, keyed(key));
    const second = await postWith(keyOf('acme'), withoutId, keyed(key));
    const third = await postWith(keyOf('acme-eu'), withoutId, keyed(key));
    for (const answer of [first, second, third]) expect(headerOf(answer, 'idempotent-replayed')).toBeUndefined();
    const ids = [first, second, third].flatMap(acceptedIds);
    expect(new Set(ids).size).toBe(3);
    expect((await published()).map(({ topic }) => topic).sort()).toEqual([
      'acme-eu.events',
      'acme.events',
      'globex.events',
    ]);
  });

  test('of another tenant, with another body: no word that it is taken', async () => {
    const key = randomUUID();
    expect(acceptedIds(await postWith(keyOf('globex'), anEvent(), keyed(key)))).toHaveLength(1);
    expect(acceptedIds(await postAsAcme(anEvent(), keyed(key)))).toHaveLength(1);
    expect(await published()).toHaveLength(2);
  });

  test('gives its answer to nobody who may not ask', async () => {
    const key = randomUUID();
    const event = anEvent();
    expect(acceptedIds(await postAsAcme(event, keyed(key)))).toHaveLength(1);
    expect(await published()).toHaveLength(1);
    expectRefusal(await postWith(`hg_acme_${'A'.repeat(43)}`, event, keyed(key)), 401, 'invalid_credentials');
    const analyst = tokenOf(world.issuers.acme, { sub: 'ana-the-analyst', scope: 'analytics:read' });
    expectRefusal(await postWith(analyst, event, keyed(key)), 403, 'insufficient_scope');
    const again = await postAsAcme(event, keyed(key));
    expect([again.status, headerOf(again, 'idempotent-replayed')]).toEqual([202, 'true']);
  });

  test('of another project of the tenant: its answer is not given either', async () => {
    const key = randomUUID();
    const claims = { scope: 'events:write' };
    const [web, shop] = ['web', 'shop'].map((project) =>
      tokenOf(world.issuers.acme, { ...claims, project_id: project }),
    );
    const answers = [
      await postWith(web ?? '', withoutId, keyed(key)),
      await postWith(shop ?? '', withoutId, keyed(key)),
    ];
    expect(new Set(answers.flatMap(acceptedIds)).size).toBe(2);
    const projects = (await published()).map(({ data }) => (JSON.parse(data) as { project_id: string }).project_id);
    expect(projects).toEqual(['web', 'shop']);
  });

  test.each(['../globex', 'tenants/globex/x', '__proto__', '.', '..', '%2e%2e%2f', '$where', "' OR 1=1 --"])(
    'named %s is a name as any',
    async (name) => {
      expect(acceptedIds(await postAsAcme(anEvent(), keyed(`"${name}"`)))).toHaveLength(1);
      expect(await published()).toHaveLength(1);
    },
  );

  test('twice in one request: refused', async () => {
    const response = await postAsAcme(anEvent(), [...keyed('"a"'), ...keyed('"b"')]);
    expectRefusal(response, 400, 'invalid_idempotency_key');
  });
});

describe('a project', () => {
  test.each([
    ['another one', 'shop'],
    ['empty', ''],
    ['a path', '../globex'],
    ['a list', ['web']],
    ["another tenant's id", 'globex'],
  ])('%s than that of the credential: refused', async (_, project) => {
    const token = tokenOf(world.issuers.acme, { scope: 'events:write', project_id: 'web' });
    expectRefusal(await postWith(token, anEvent({ project_id: project })), 422, 'all_events_invalid');
  });
});
