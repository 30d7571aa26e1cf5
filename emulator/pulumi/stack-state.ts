import type { Placement } from './resource-handler.ts';
import type { Properties } from './properties.ts';

/** What is remembered of a resource between two runs of its stack. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN of the parent; empty for the stack itself. */
  readonly parent: string;
  /** False for components and the stack: they group, and exist nowhere. */
  readonly custom: boolean;
  readonly protect: boolean;
  readonly inputs: Properties;
  readonly placement: Placement;
  /** Names of inputs and outputs that are secret. */
  readonly secrets: ReadonlySet<string>;
}

/** A stack between two runs. `resources` is in the order in which they were made. */
export interface StackState {
  readonly resources: ReadonlyMap<string, ResourceState>;
  readonly outputs: Properties;
  readonly secretOutputs: ReadonlySet<string>;
}

export const EMPTY_STACK: StackState = { resources: new Map(), outputs: {}, secretOutputs: new Set() };
