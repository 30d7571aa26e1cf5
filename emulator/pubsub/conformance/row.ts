import type { Context } from './context/context.ts';

/** One documented behaviour of Pub/Sub, and how to see whether a server has it. */
export interface Row {
  readonly area: string;
  /** What the service does, as a statement. Unique within its area. */
  readonly title: string;
  /** Where that is documented. */
  readonly documentation: string;
  /** Rejects where the server does otherwise. May be run many times against one server, and beside all other rows. */
  run(context: Context): Promise<void>;
}

/** A row within an area; its documentation is the area's unless it names its own. */
export type Behaviour = Omit<Row, 'area' | 'documentation'> & Partial<Pick<Row, 'documentation'>>;

/** The rows of one area. */
export const area = (name: string, documentation: string, behaviours: readonly Behaviour[]): Row[] =>
  behaviours.map((behaviour) => ({ area: name, documentation, ...behaviour }));
