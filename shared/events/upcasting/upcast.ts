import type { JsonObject } from '../event-envelope.ts';

/**
 * How `data` of one major version of a type becomes that of the next. Pure, and total: whatever a published minor of
 * `fromMajor` accepts becomes what `to` accepts. Fields are added, and never taken away.
 */
export interface Upcast {
  readonly type: string;
  readonly fromMajor: number;
  /** `major.minor` of what comes out. */
  readonly to: string;
  readonly apply: (data: JsonObject) => JsonObject;
}
