import { figure } from './figure.ts';

/** A number to reach. */
export interface Goal {
  /** Named with its unit. */
  readonly what: string;
  readonly is: 'at least' | 'at most' | 'below';
  readonly bound: number;
}

/** A number to reach, and what was measured. */
export interface Verdict {
  readonly what: string;
  readonly goal: string;
  readonly measured: number | undefined;
  readonly reached: boolean;
}

/**
 * Holds a figure against its goal. What was not measured is missed.
 *
 * @param isSound false where requests failed: then nothing is reached, whatever the figure.
 */
export function judge({ what, is, bound }: Goal, measured: number | undefined, isSound = true): Verdict {
  const reached = measured !== undefined && isSound && HOLDS[is](measured, bound);
  return { what, goal: `${is} ${bound}`, measured, reached };
}

const HOLDS: Readonly<Record<Goal['is'], (measured: number, bound: number) => boolean>> = {
  'at least': (measured, bound) => measured >= bound,
  'at most': (measured, bound) => measured <= bound,
  below: (measured, bound) => measured < bound,
};

/** A line for each goal: reached or missed, and by which figure. */
export function renderVerdicts(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(
    ({ what, goal, measured, reached }) => `${reached ? 'reached' : 'missed '}  ${what}: ${figure(measured)} (${goal})`,
  );
}
