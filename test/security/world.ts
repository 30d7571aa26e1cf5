import { randomUUID } from 'node:crypto';
import { expect, inject } from 'vitest';
import { z } from 'zod';
import { anEvent } from '#test/stack/event.ts';
import { type Published, tapsOn } from '#test/taps/taps.ts';
import { type Header, send, type WireRequest } from '#test/wire/request.ts';
import { headerOf, type WireResponse } from '#test/wire/response-reader.ts';
import { TENANTS } from './tenants.ts';

export const world = inject('world');
export const api = world.stack.api;
const taps = tapsOn(world.stack, Object.keys(TENANTS));

const WITNESS = 'evt_witness_';

/** What attacks have published since the last call, to any of the tenants' topics. */
export async function published(): Promise<Published[]> {
  const messages = await taps.drain();
  return messages.filter(({ attributes }) => attributes['event_id']?.startsWith(WITNESS) !== true);
}

/** Throws where a good event of the attacker's tenant is not accepted as ever. */
export async function expectServing(): Promise<void> {
  const { status, body } = await postAsAcme(anEvent({ id: `${WITNESS}${randomUUID()}` }));
  if (status !== 202) throw new Error(`a good event is refused: ${status} ${body}`);
}

export type { Header };

export const JSON_TYPE: Header = ['content-type', 'application/json'];

export function bearer(token: string): Header {
  return ['authorization', `Bearer ${token}`];
}

/** The key that a tenant was given. */
export function keyOf(tenant: string): string {
  const key = world.apiKeys[tenant];
  if (key === undefined) throw new Error(`no tenant ${tenant}`);
  return key;
}

/** Sends a request with the attacker's own, good, credential. */
export function asAcme({ headers = [], ...request }: WireRequest): Promise<WireResponse> {
  return send(api, { ...request, headers: [bearer(keyOf('acme')), ...headers] });
}

/** Posts JSON, or text that should be, with the attacker's own credential. */
export function postAsAcme(body: unknown, headers: readonly Header[] = []): Promise<WireResponse> {
  return asAcme({ headers: [JSON_TYPE, ...headers], body: jsonOf(body) });
}

/** Posts JSON with a credential of any kind. */
export function postWith(token: string, body: unknown, headers: readonly Header[] = []): Promise<WireResponse> {
  return send(api, { headers: [bearer(token), JSON_TYPE, ...headers], body: jsonOf(body) });
}

function jsonOf(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

const Problem = z.looseObject({ code: z.string(), status: z.number(), type: z.string(), title: z.string() });

/** Holds an answer to be a problem document with this status and code, and to tell nothing of its insides. */
export function expectRefusal(response: WireResponse, status: number, code: string): void {
  expect([response.status, response.body]).toEqual([status, expect.stringContaining(`"${code}"`)]);
  expect(headerOf(response, 'content-type')).toBe('application/problem+json');
  const problem = Problem.parse(JSON.parse(response.body));
  expect([problem.code, problem.status, problem.type]).toEqual([code, status, `urn:headgate:problem:${code}`]);
  expect(response.body).not.toMatch(/node_modules|\.ts:\d|\bat async\b|firestore|apiKeys/i);
}

const Accepted = z.object({
  results: z.array(z.looseObject({ id: z.string().optional(), status: z.string() })),
});

/** Ids of what was accepted, of an answer that must be 202. */
export function acceptedIds(response: WireResponse): string[] {
  expect([response.status, response.body]).toEqual([202, expect.any(String)]);
  const { results } = Accepted.parse(JSON.parse(response.body));
  return results.filter(({ status }) => status === 'accepted').map(({ id }) => id ?? '');
}

/** What every request has of its own: the time, and what is left of the sender's own limits. */
const PARTICULAR: ReadonlySet<string> = new Set(['date', 'ratelimit']);

/** All that an answer says, but for what differs from one second to the next. */
export function tellingPartsOf({ status, headers, body }: WireResponse): unknown {
  return { status, headers: headers.filter(([name]) => !PARTICULAR.has(name)), body };
}

const Observations = z.object({ jwks: z.array(z.string()), firestore: z.array(z.string()) });

/** What was asked of Firestore and of issuers while `act` ran: paths of documents and of JWK Sets. */
export async function observing<T>(
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly firestore: string[]; readonly jwks: string[] }> {
  const before = await observations();
  const result = await act();
  const after = await observations();
  return {
    result,
    firestore: after.firestore.slice(before.firestore.length),
    jwks: after.jwks.slice(before.jwks.length),
  };
}

async function observations(): Promise<z.infer<typeof Observations>> {
  const response = await fetch(world.observationsUrl, { signal: AbortSignal.timeout(5_000) });
  return Observations.parse(await response.json());
}

const Functions = z.object({ pid: z.number() });

/** Process id of the functions. */
export async function functionsPid(): Promise<number> {
  const response = await fetch(`${world.controlUrl}/functions`, { signal: AbortSignal.timeout(5_000) });
  return Functions.parse(await response.json()).pid;
}
