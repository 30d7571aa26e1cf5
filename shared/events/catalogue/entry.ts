import type { z } from 'zod';
import type { JsonObject } from '../event-envelope.ts';

/**
 * One type at one version. Its `data` schema requires little and stays open to further fields, so that a later minor
 * version only ever adds.
 */
export interface CatalogueEntry {
  readonly type: string;
  readonly version: string;
  readonly description: string;
  readonly data: z.ZodType<JsonObject>;
  /** Valid by `data`; shown in the API's documentation. */
  readonly example: { readonly subject: string; readonly data: JsonObject };
}
