import type { Row } from './row.ts';

/** The rows of the area of that name, or else those whose title has the text; all of them without one. */
export function selectRows(rows: readonly Row[], only: string | undefined): readonly Row[] {
  if (only === undefined) return rows;
  const wanted = only.toLowerCase();
  const ofArea = rows.filter(({ area }) => area.toLowerCase() === wanted);
  return ofArea.length > 0
    ? ofArea
    : rows.filter(({ area, title }) => `${area}: ${title}`.toLowerCase().includes(wanted));
}
