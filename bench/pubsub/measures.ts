import { ratio } from '../measurement/measurement.ts';

/** All that is measured, in the order in which it is shown. */
export const MEASURES = {
  ready: { name: 'start to first answer', unit: 'ms' },
  idleMemory: { name: 'memory, idle', unit: 'MB' },
  heldMemory: { name: 'memory, 200,000 messages held', unit: 'MB' },
  publish1000By1: { name: 'publish, 1000 a request, 1 in flight', unit: 'messages/s' },
  publish1000By4: { name: 'publish, 1000 a request, 4 in flight', unit: 'messages/s' },
  publish100By1: { name: 'publish, 100 a request, 1 in flight', unit: 'messages/s' },
  publish100By4: { name: 'publish, 100 a request, 4 in flight', unit: 'messages/s' },
  pull1: { name: 'streaming pull, 1 stream', unit: 'messages/s' },
  pull5: { name: 'streaming pull, 5 streams', unit: 'messages/s' },
  pull20: { name: 'streaming pull, 20 streams', unit: 'messages/s' },
  latencyP50: { name: 'publish to receive at 1,000/s, p50', unit: 'ms' },
  latencyP95: { name: 'publish to receive at 1,000/s, p95', unit: 'ms' },
  push: { name: 'push', unit: 'deliveries/s' },
} as const;

export type Measure = keyof typeof MEASURES;

/** What one server has come to; what could not be measured is missing. */
export type Figures = Readonly<Partial<Record<Measure, number>>>;

export interface Row {
  readonly measure: Measure;
  readonly name: string;
  readonly unit: string;
  readonly ours: number | undefined;
  readonly googles: number | undefined;
  /** Ours to Google's. */
  readonly ratio: number | undefined;
}

/** @param googles undefined where Google's emulator was not there. */
export function makeRows(ours: Figures, googles: Figures | undefined): Row[] {
  return (Object.keys(MEASURES) as Measure[]).map((measure) => ({
    measure,
    ...MEASURES[measure],
    ours: ours[measure],
    googles: googles?.[measure],
    ratio: ratio(ours[measure], googles?.[measure]),
  }));
}

/** Several runs of the same: the median of each figure (of two in the middle, the lower). */
export function medians(runs: readonly Figures[]): Figures {
  const entries = (Object.keys(MEASURES) as Measure[]).flatMap((measure) => {
    const values = runs.flatMap((run) => run[measure] ?? []).sort((a, b) => a - b);
    const median = values[Math.floor((values.length - 1) / 2)];
    return median === undefined ? [] : [[measure, median] as const];
  });
  return Object.fromEntries(entries);
}
