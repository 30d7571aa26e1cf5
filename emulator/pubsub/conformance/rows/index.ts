import type { Row } from '../row.ts';
import { filters } from './filters.ts';
import { resourceNames } from './resource-names.ts';

/** Every row, area by area. */
export const rows: readonly Row[] = [...resourceNames, ...filters];
