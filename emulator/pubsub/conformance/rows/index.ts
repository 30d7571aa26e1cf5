import type { Row } from '../row.ts';
import { defaults } from './defaults.ts';
import { errors } from './errors.ts';
import { filters } from './filters.ts';
import { labels } from './labels.ts';
import { limits } from './limits.ts';
import { listing } from './listing.ts';
import { resourceNames } from './resource-names.ts';
import { updates } from './updates.ts';

/** Every row, area by area. */
export const rows: readonly Row[] = [
  ...resourceNames,
  ...limits,
  ...labels,
  ...defaults,
  ...updates,
  ...listing,
  ...errors,
  ...filters,
];
