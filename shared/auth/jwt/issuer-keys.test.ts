import { expect, test, vi } from 'vitest';
import { createTestKey, type TestKey } from './fixtures.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { parseKeySet } from './key-set.ts';

const URI = 'https://id.acme.test/jwks';
const [one, two] = await Promise.all([createTestKey('one'), createTestKey('two')]);

/** Keys of one issuer, of which a test changes what it serves. */
function issuerServing(...served: TestKey[]) {
  const issuer = { served, isDown: false, nowMs: 1_000 };
  const fetchKeySet = vi.fn(async (_jwksUri: string) => {
    if (issuer.isDown) throw new Error('the issuer is down');
    return parseKeySet({ keys: issuer.served.map(({ jwk }) => jwk) });
  });
  const keys = createIssuerKeys({ fetchKeySet, now: () => issuer.nowMs });
  const has = async (kid: string): Promise<boolean> => (await keys.find(URI, { alg: 'ES256', kid })) !== undefined;
  return { issuer, fetchKeySet, keys, has, pass: (ms: number) => (issuer.nowMs += ms) };
}

test('one fetch serves all who ask', async () => {
  const { has, fetchKeySet } = issuerServing(one);
  expect(await Promise.all([has('one'), has('one'), has('one')])).toEqual([true, true, true]);
  expect(fetchKeySet).toHaveBeenCalledExactlyOnceWith(URI);
});

test('a new key is found at once', async () => {
  const { issuer, has, fetchKeySet } = issuerServing(one);
  await has('one');
  issuer.served = [one, two];
  expect(await has('two')).toBe(true);
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
});

test('a key that was removed is found no more after five minutes', async () => {
  const { issuer, has, pass } = issuerServing(one, two);
  expect(await has('two')).toBe(true);
  issuer.served = [one];
  pass(299_000);
  expect(await has('one')).toBe(true);
  pass(1_000);
  expect(await has('two')).toBe(false);
});

test('a thousand made-up key ids cost one fetch in ten seconds, and hide no new key', async () => {
  const { issuer, has, fetchKeySet, pass } = issuerServing(one);
  await has('one');
  for (let id = 0; id < 1_000; id++) expect(await has(`made-up-${id}`)).toBe(false);
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
  issuer.served = [one, two];
  expect(await has('two')).toBe(false);
  pass(10_000);
  expect(await has('made-up')).toBe(false);
  expect(await has('two')).toBe(true);
  expect(fetchKeySet).toHaveBeenCalledTimes(3);
});

test('who asks for a new key while it is fetched waits for it', async () => {
  const { issuer, has, fetchKeySet } = issuerServing(one);
  await has('one');
  issuer.served = [one, two];
  expect(await Promise.all([has('made-up'), has('two'), has('two')])).toEqual([false, true, true]);
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
});

test('an outage is outlived for an hour, with a fetch every ten seconds at most', async () => {
  const { issuer, has, fetchKeySet, pass } = issuerServing(one);
  await has('one');
  issuer.isDown = true;
  for (let seconds = 0; seconds < 3_590; seconds++) {
    pass(1_000);
    expect(await has('one')).toBe(true);
  }
  expect(fetchKeySet.mock.calls.length).toBeGreaterThan(100);
  expect(fetchKeySet.mock.calls.length).toBeLessThanOrEqual(361);
  pass(10_000);
  await expect(has('one')).rejects.toThrow('the issuer is down');
  issuer.isDown = false;
  pass(10_000);
  expect(await has('one')).toBe(true);
});

test('during an outage nobody can tell whether an unknown key is a new one', async () => {
  const { issuer, has, fetchKeySet } = issuerServing(one);
  await has('one');
  issuer.isDown = true;
  await expect(has('two')).rejects.toThrow('the issuer is down');
  await expect(has('two')).rejects.toThrow('the issuer is down');
  expect(await has('one')).toBe(true);
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
});

test('a fetch that the process slept through is no failure of the issuer’s', async () => {
  const { has, fetchKeySet, pass } = issuerServing(one);
  fetchKeySet.mockImplementationOnce(async () => {
    pass(90_000);
    throw new Error('timed out');
  });
  expect(await has('one')).toBe(true);
});

test('an issuer that was never reached is asked every ten seconds, not by every request', async () => {
  const { issuer, has, fetchKeySet, pass } = issuerServing(one);
  issuer.isDown = true;
  for (let request = 0; request < 100; request++) await expect(has('one')).rejects.toThrow('the issuer is down');
  expect(fetchKeySet).toHaveBeenCalledTimes(1);
  issuer.isDown = false;
  pass(10_000);
  expect(await has('one')).toBe(true);
});

test('a token that names no key is verified with the only one that fits, and with none where several do', async () => {
  const only = issuerServing(one);
  expect(await only.keys.find(URI, { alg: 'ES256' })).toBeDefined();
  const several = issuerServing(one, two);
  expect(await several.keys.find(URI, { alg: 'ES256' })).toBeUndefined();
});

test('a hundred wait for an issuer that hangs, the others are refused at once, and no other issuer’s are held up', async () => {
  const hang = Promise.withResolvers<never>();
  const other = parseKeySet({ keys: [one.jwk] });
  const fetchKeySet = vi.fn((jwksUri: string) => (jwksUri === URI ? hang.promise : Promise.resolve(other)));
  const clock = { nowMs: 1_000 };
  const keys = createIssuerKeys({ fetchKeySet, now: () => clock.nowMs });
  const header = { alg: 'ES256', kid: 'one' };
  const outcomes: string[] = [];
  const asked = Array.from({ length: 150 }, () =>
    keys.find(URI, header).catch((error: Error) => void outcomes.push(error.message)),
  );
  await Promise.all(asked.slice(100));
  expect(outcomes).toEqual(Array.from({ length: 50 }, () => 'The credential could not be checked.'));
  expect(await keys.find('https://id.globex.test/jwks', header)).toBeDefined();
  hang.reject(new Error('timed out'));
  await Promise.all(asked);
  expect(outcomes.slice(50)).toEqual(Array.from({ length: 100 }, () => 'timed out'));
  expect(fetchKeySet.mock.calls.filter(([jwksUri]) => jwksUri === URI)).toHaveLength(1);
  // Nobody waits again until the cool-down is over.
  await expect(keys.find(URI, header)).rejects.toThrow('timed out');
  expect(fetchKeySet.mock.calls.filter(([jwksUri]) => jwksUri === URI)).toHaveLength(1);
});

test('while an issuer hangs, a hundred wait for new keys, and who has one that is known is let in', async () => {
  const { keys, has, fetchKeySet, pass } = issuerServing(one);
  await has('one');
  pass(200_000);
  const hang = Promise.withResolvers<never>();
  fetchKeySet.mockImplementation(() => hang.promise);
  const refused: string[] = [];
  const madeUp = Array.from({ length: 300 }, (_, index) =>
    has(`made-up-${index}`).catch((error: Error) => void refused.push(error.message)),
  );
  for (let request = 0; request < 300; request++) expect(await has('one')).toBe(true);
  expect(refused).toEqual(Array.from({ length: 200 }, () => 'The credential could not be checked.'));
  hang.reject(new Error('timed out'));
  await Promise.all(madeUp);
  expect(refused.slice(200)).toEqual(Array.from({ length: 100 }, () => 'timed out'));
  expect(await keys.find(URI, { alg: 'ES256', kid: 'one' })).toBeDefined();
  expect(fetchKeySet).toHaveBeenCalledTimes(2);
});
