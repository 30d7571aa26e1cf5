import type { RefusalCode } from '#shared/errors/refusals.ts';
import type { Answered } from './answered.ts';
import type { Sender } from './sender.ts';

/** One thing that an operation promises. */
export interface ContractCase {
  readonly name: string;
  /** Default `/v1/events`. */
  readonly path?: string;
  /** Default `post`. */
  readonly method?: string;
  /** The status of success, or the code of a refusal. */
  readonly answer: 200 | 201 | 202 | 204 | RefusalCode;
  readonly run: (sender: Sender) => Promise<readonly Answered[]>;
}
