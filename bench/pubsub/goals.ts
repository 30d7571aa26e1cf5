import { MEASURES, type Measure, type Row } from './measures.ts';

/** A number to reach, and what was measured. */
export interface Verdict {
  readonly what: string;
  readonly goal: string;
  readonly measured: number | undefined;
  /** Undefined where it takes Google's emulator to tell, and that was not there. */
  readonly reached: boolean | undefined;
}

interface Goal {
  readonly measure: Measure;
  /** Whether the figure is our own, or ours to Google's. */
  readonly of: 'ours' | 'ratio';
  readonly is: 'at least' | 'below';
  readonly bound: number;
}

const GOALS: readonly Goal[] = [
  { measure: 'ready', of: 'ours', is: 'below', bound: 500 },
  { measure: 'heldMemory', of: 'ratio', is: 'below', bound: 1 },
  { measure: 'publish1000By1', of: 'ratio', is: 'at least', bound: 1 },
  { measure: 'publish1000By4', of: 'ratio', is: 'at least', bound: 1 },
  { measure: 'publish100By1', of: 'ratio', is: 'at least', bound: 1 },
  { measure: 'publish100By4', of: 'ratio', is: 'at least', bound: 1 },
  { measure: 'pull1', of: 'ratio', is: 'at least', bound: 10 },
  { measure: 'pull20', of: 'ratio', is: 'at least', bound: 2 },
  { measure: 'latencyP50', of: 'ratio', is: 'below', bound: 0.5 },
];

/** Holds what was measured against the numbers to reach. */
export function judge(rows: readonly Row[]): Verdict[] {
  return GOALS.map(({ measure, of, is, bound }) => {
    const { name, unit } = MEASURES[measure];
    const row = rows.find((each) => each.measure === measure);
    const measured = row?.[of];
    const unknown = of === 'ratio' && row?.googles === undefined;
    const reached = measured !== undefined && (is === 'below' ? measured < bound : measured >= bound);
    return {
      what: of === 'ratio' ? `${name}, to Google's` : `${name}, ${unit}`,
      goal: `${is} ${bound}`,
      measured,
      reached: unknown ? undefined : reached,
    };
  });
}
