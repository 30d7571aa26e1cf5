import fc from 'fast-check';
import { CLOSED } from '#test/wire/connection.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import { Ledger } from './ledger.ts';
import { type FuzzInput, goodInputs, oddInputs, type Sender } from './requests.ts';
import { KeptConnection, sendBytes } from './senders.ts';

/** A tenant in whose name requests are sent. */
export interface FuzzTenant extends Omit<Sender, 'nextId'> {
  readonly id: string;
}

export interface FuzzOptions {
  readonly api: string;
  readonly tenants: readonly FuzzTenant[];
  readonly requests: number;
  /** The same requests come of the same seed, in the same order. */
  readonly seed: number;
  /** Called now and then with the number of requests that have been answered. */
  readonly onProgress: (sent: number) => void;
}

export interface FuzzResult {
  readonly requests: number;
  /** How many of each kind were answered how: `odd 400 malformed_json`. */
  readonly answers: ReadonlyMap<string, number>;
  /** What the API did wrong, with what was sent to it; the first of each kind. */
  readonly faults: readonly string[];
  readonly ledger: Ledger;
  /** Requests that got no answer, so that nobody knows what became of them. */
  readonly unanswered: number;
}

const BATCH = 960;
const IN_FLIGHT = 20;
/** Of each tenant's requests, one in so many is good: what is refused must not shut out what is not. */
const GOOD_EVERY = 15;
const MAX_FAULTS = 20;
const SHOWN_CHARACTERS = 1_500;

/**
 * Sends an API good requests, odd ones, and bytes, from several tenants by turns. Every good one must be accepted, each
 * must be answered in time, and none with a 5xx.
 */
export async function fuzz({ api, tenants, requests, seed, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const answers = new Map<string, number>();
  const faults = new Map<string, string>();
  const ledger = new Ledger();
  let ids = 0;
  const sources = tenants.map(({ apiKey, badCredentials }) => {
    const sender = { apiKey, badCredentials, nextId: () => `fuzz_${seed}_${ids++}` };
    return { good: goodInputs(sender), odd: oddInputs(sender) };
  });
  const connections = Array.from({ length: IN_FLIGHT }, () => new KeptConnection(api));
  let sent = 0;
  let unanswered = 0;

  /** @returns what is wrong with how it was answered. */
  async function judge(tenant: string, input: FuzzInput, connection: KeptConnection): Promise<string | undefined> {
    const received =
      input.kind === 'bytes' ? await sendBytes(api, input.bytes) : [await connection.send(input.request)];
    const responses = received.filter((response) => response !== CLOSED);
    if (responses.length === 0) {
      unanswered++;
      count(`${input.kind} closed`);
      // Only what is no request, or asks for another protocol, may be left without an answer.
      return input.kind === 'bytes' ? undefined : 'closed without an answer';
    }
    let accepted = 0;
    for (const response of responses) {
      count(`${input.kind} ${wordsFor(response)}`);
      if (response.status >= 500) return `${response.status}: ${response.body.slice(0, 300)}`;
      accepted += ledger.record(tenant, response);
    }
    if (input.kind === 'good' && accepted !== input.items) {
      return `good, and not accepted: ${responses[0]?.status} ${responses[0]?.body.slice(0, 300)}`;
    }
    return undefined;
  }

  const count = (answer: string): void => void answers.set(answer, (answers.get(answer) ?? 0) + 1);
  for (let first = 0; first < requests && faults.size < MAX_FAULTS; first += BATCH) {
    const inputs = batch(sources, Math.min(BATCH, requests - first), seed + first)[Symbol.iterator]();
    const work = async (connection: KeptConnection): Promise<void> => {
      // The workers share one iterator.
      for (let next = inputs.next(); !next.done; next = inputs.next()) {
        const [index, input] = next.value;
        const tenant = tenants[index]?.id ?? '';
        const fault = await judge(tenant, input, connection).catch((error: unknown) => String(error));
        sent++;
        if (fault === undefined) continue;
        connection.close();
        const kind = fault.slice(0, 60);
        if (!faults.has(kind)) faults.set(kind, `${fault} ← ${tenant} ${show(input)}`);
      }
    };
    await Promise.all(connections.map(work));
    onProgress(sent);
  }
  for (const connection of connections) connection.close();
  return { requests: sent, answers, faults: [...faults.values()], ledger, unanswered };
}

/** So many inputs, of the sources by turns, each with the index of its source. */
function batch(
  sources: readonly { readonly good: fc.Arbitrary<FuzzInput>; readonly odd: fc.Arbitrary<FuzzInput> }[],
  size: number,
  seed: number,
): [number, FuzzInput][] {
  const each = Math.ceil(size / sources.length);
  const samples = sources.map(({ good, odd }, index) => {
    const settings = { seed: seed + index, unbiased: true };
    const goods = fc.sample(good, { ...settings, numRuns: Math.ceil(each / GOOD_EVERY) });
    const odds = fc.sample(odd, { ...settings, numRuns: each });
    return odds.map((input, at) => (at % GOOD_EVERY === 0 ? (goods[at / GOOD_EVERY] ?? input) : input));
  });
  const inputs = Array.from({ length: each }, (_, at) =>
    samples.flatMap((of, index): [number, FuzzInput][] => {
      const input = of[at];
      return input === undefined ? [] : [[index, input]];
    }),
  );
  return inputs.flat().slice(0, size);
}

/** Status and, of a refusal, its code. */
function wordsFor({ status, body }: WireResponse): string {
  const code = status < 400 ? '' : /"code":"(\w+)"/.exec(body)?.[1];
  return code ? `${status} ${code}` : String(status);
}

function show(input: FuzzInput): string {
  const text = JSON.stringify(input, (_, value: unknown) => {
    const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
    return isBuffer ? Buffer.from((value as unknown as { data: number[] }).data).toString('latin1') : value;
  });
  return text.slice(0, SHOWN_CHARACTERS);
}
