import { MESSAGE_OVERHEAD_BYTES, MIN_REQUEST_BYTES, PRICES } from './prices.ts';
import type { Counted } from './prices.ts';

/** The way of an event: from the request to Pub/Sub; from the push to the profile; into the tables. */
export const STAGES = ['ingest', 'decide', 'warehouse'] as const;
export type Stage = (typeof STAGES)[number];

export type Counts = Partial<Record<Counted, number>>;

/** What was counted while so many events went all the way. */
export interface Usage {
  readonly events: number;
  readonly stages: Readonly<Record<Stage, Counts>>;
}

export interface BillLine {
  readonly stage: Stage;
  readonly counted: Counted;
  readonly perEvent: number;
  readonly dollarsPerMillion: number;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  readonly dollarsPerMillion: Readonly<Record<Stage | 'total', number>>;
}

/** Pure: counts times prices, for a million such events. */
export function billOf({ events, stages }: Usage): Bill {
  const lines = STAGES.flatMap((stage) =>
    (Object.keys(PRICES) as Counted[]).flatMap((counted): BillLine[] => {
      const count = stages[stage][counted];
      if (count === undefined || count === 0) return [];
      const perEvent = count / events;
      return [{ stage, counted, perEvent, dollarsPerMillion: perEvent * PRICES[counted] * 1_000_000 }];
    }),
  );
  const sumOf = (stage?: Stage): number =>
    lines.reduce((sum, line) => (stage === undefined || line.stage === stage ? sum + line.dollarsPerMillion : sum), 0);
  return {
    lines,
    dollarsPerMillion: {
      ingest: sumOf('ingest'),
      decide: sumOf('decide'),
      warehouse: sumOf('warehouse'),
      total: sumOf(),
    },
  };
}

/** What Pub/Sub counts of a message. */
export function messageBytes(data: Uint8Array, attributes: Readonly<Record<string, string>>): number {
  const named = Object.entries(attributes).map(([key, value]) => Buffer.byteLength(key) + Buffer.byteLength(value));
  return data.length + named.reduce((sum, bytes) => sum + bytes, 0) + MESSAGE_OVERHEAD_BYTES;
}

/** What Pub/Sub bills of a request with messages of so many bytes. */
export function billedBytes(bytes: number): number {
  return Math.max(MIN_REQUEST_BYTES, bytes);
}
