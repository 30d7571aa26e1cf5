import Table from 'cli-table3';
import type { Result } from './result.ts';

/** What came of all rows on one server. */
export interface Column {
  /** Which server, as its heading says. */
  readonly name: string;
  readonly results: readonly Result[];
}

const REASON_LENGTH = 220;
/** One line a row, without colours: it goes into files as well. */
const PLAIN = { style: { head: [], border: [], compact: true } };

const PASSED = 'passed';
const FAILED = 'FAILED';
/** A row that one server fails, and another passes as documented. */
const DIFFERS = 'differs';

const groupByArea = (results: readonly Result[]): Map<string, Result[]> => Map.groupBy(results, ({ row }) => row.area);

const shorten = (text: string): string => (text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}…` : text);

/** Passed rows of all: `12/14`. */
const score = (results: readonly Result[]): string =>
  `${results.filter(({ passed }) => passed).length}/${results.length}`;

/**
 * Every row with what each server does. The first column is the server that is judged: its failures are `FAILED`. Where
 * another fails what the first passes, it `differs` from the documentation.
 */
export function rowTable([judged, ...others]: readonly [Column, ...Column[]]): string {
  const table = new Table({ ...PLAIN, head: ['area', 'behaviour', judged.name, ...others.map(({ name }) => name)] });
  judged.results.forEach((result, index) => {
    const compared = others.map(({ results }) => {
      const other = results[index];
      if (!other || other.passed) return PASSED;
      return result.passed ? DIFFERS : FAILED;
    });
    table.push([result.row.area, result.row.title, result.passed ? PASSED : FAILED, ...compared]);
  });
  return table.toString();
}

/** How many rows of each area each server passes. */
export function summaryTable(columns: readonly [Column, ...Column[]]): string {
  const table = new Table({ ...PLAIN, head: ['area', ...columns.map(({ name }) => name)] });
  const areas = columns.map(({ results }) => groupByArea(results));
  for (const area of areas[0]?.keys() ?? []) {
    table.push([area, ...areas.map((results) => score(results.get(area) ?? []))]);
  }
  table.push(['all', ...columns.map(({ results }) => score(results))]);
  return table.toString();
}

/** The rows that a server fails, each with the reason and where the behaviour is documented. */
export function failureList({ name, results }: Column): string {
  const failed = results.filter(({ passed }) => !passed);
  const lines = failed.map(
    ({ row, reason = '' }) => `  ${row.area}: ${row.title}\n    ${shorten(reason)}\n    ${row.documentation}`,
  );
  return failed.length === 0 ? `${name} passes every row.` : [`${name} fails ${failed.length}:`, ...lines].join('\n');
}

/** Everything for another program, one object a row. */
export function toJson(columns: readonly [Column, ...Column[]]): string {
  const rows = columns[0].results.map(({ row: { area, title, documentation } }, index) => ({
    area,
    title,
    documentation,
    servers: Object.fromEntries(
      columns.map(({ name, results }) => {
        const { passed = false, reason, elapsedMs = 0 } = results[index] ?? {};
        return [name, { passed, ...(reason !== undefined && { reason }), elapsedMs: Math.round(elapsedMs) }];
      }),
    ),
  }));
  return JSON.stringify(rows, undefined, 2);
}
