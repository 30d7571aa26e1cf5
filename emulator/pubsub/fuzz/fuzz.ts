import fc from 'fast-check';
import { Caller, type Outcome } from './calls.ts';
import { type GrpcRequest, grpcRequests } from './grpc-requests.ts';
import { type HttpRequest, httpRequests, openings } from './http-requests.ts';
import { type ParserInput, parse, parserInputs } from './parsers.ts';
import { requireRoundTrip } from './round-trip.ts';

export interface FuzzOptions {
  /** Of the server: `host:port`. */
  readonly address: string;
  readonly requests: number;
  /** The same requests come of the same seed, in the same order. */
  readonly seed: number;
  /** After it, what is left is left out. */
  readonly maxSeconds: number;
}

export interface FuzzResult {
  readonly requests: number;
  /** How many were answered how. */
  readonly answers: ReadonlyMap<string, number>;
  /** What the server did wrong, with what was sent to it; the first of each kind. */
  readonly faults: readonly string[];
}

type Input =
  | { readonly kind: 'grpc'; readonly request: GrpcRequest }
  | { readonly kind: 'http'; readonly request: HttpRequest }
  | { readonly kind: 'bytes'; readonly request: Uint8Array }
  | { readonly kind: 'parser'; readonly request: ParserInput };

const BATCH = 500;
const IN_FLIGHT = 16;
const MAX_FAULTS = 20;
const SHOWN_CHARACTERS = 1_000;

/**
 * Sends a server what it should never be sent, over gRPC, over HTTP/1 and as bare bytes, and gives the parsers of this
 * process what callers may send. Each call must be answered with a proper status and in time, and the server must serve
 * as ever at the end.
 *
 * @throws {Error} where it does not serve any more.
 */
export async function fuzz({ address, requests, seed, maxSeconds }: FuzzOptions): Promise<FuzzResult> {
  const inputs = arbitraryInputs();
  const caller = new Caller(address);
  const answers = new Map<string, number>();
  const faults = new Map<string, string>();
  const deadline = performance.now() + maxSeconds * 1000;
  let sent = 0;
  try {
    for (let first = 0; first < requests; first += BATCH) {
      if (performance.now() > deadline || faults.size >= MAX_FAULTS) break;
      const numRuns = Math.min(BATCH, requests - first);
      const samples = fc.sample(inputs, { numRuns, seed: seed + first })[Symbol.iterator]();
      const work = async (): Promise<void> => {
        // The workers share one iterator.
        for (let next = samples.next(); !next.done; next = samples.next()) {
          const outcome = await send(caller, next.value);
          sent++;
          if ('answer' in outcome) answers.set(outcome.answer, (answers.get(outcome.answer) ?? 0) + 1);
          else if (!faults.has(outcome.fault)) faults.set(outcome.fault, `${outcome.fault} ← ${show(next.value)}`);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    }
    await requireRoundTrip(caller);
  } finally {
    caller.close();
  }
  return { requests: sent, answers, faults: [...faults.values()] };
}

function arbitraryInputs(): fc.Arbitrary<Input> {
  const of = (kind: Input['kind'], arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Input> =>
    arbitrary.map((request) => ({ kind, request }) as Input);
  return fc.oneof(
    { weight: 60, arbitrary: of('grpc', grpcRequests()) },
    { weight: 25, arbitrary: of('http', httpRequests) },
    { weight: 14, arbitrary: of('parser', parserInputs) },
    { weight: 1, arbitrary: of('bytes', openings) },
  );
}

function send(caller: Caller, input: Input): Promise<Outcome> {
  if (input.kind === 'grpc') return caller.grpc(input.request);
  if (input.kind === 'http') return caller.http(input.request);
  return input.kind === 'bytes' ? caller.bytes(input.request) : parse(input.request);
}

function show({ kind, request }: Input): string {
  const text = JSON.stringify(request, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
  return `${kind} ${text.slice(0, SHOWN_CHARACTERS)}`;
}
