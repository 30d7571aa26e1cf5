import { unsupported } from '#emulator/bigquery/errors.ts';

/** BigQuery's format elements in DuckDB's terms. What is not here is refused: it would come out as something else. */
const ELEMENTS: Readonly<Record<string, string>> = {
  '%%': '%%',
  '%A': '%A',
  '%a': '%a',
  '%B': '%B',
  '%b': '%b',
  '%h': '%b',
  '%D': '%m/%d/%y',
  '%d': '%d',
  '%e': '%-d',
  '%F': '%Y-%m-%d',
  '%G': '%G',
  '%H': '%H',
  '%I': '%I',
  '%j': '%j',
  '%M': '%M',
  '%m': '%m',
  '%n': '\n',
  '%p': '%p',
  '%R': '%H:%M',
  '%S': '%S',
  '%T': '%H:%M:%S',
  '%t': '\t',
  '%U': '%U',
  '%u': '%u',
  '%V': '%V',
  '%W': '%W',
  '%w': '%w',
  '%X': '%H:%M:%S',
  '%x': '%m/%d/%y',
  '%Y': '%Y',
  '%y': '%y',
  '%E4Y': '%Y',
  '%E3S': '%S.%g',
  '%E6S': '%S.%f',
};

const UTC_ONLY: Readonly<Record<string, string>> = { '%Z': 'UTC', '%z': '+0000', '%Ez': '+00:00' };

const PARSED: Readonly<Record<string, string>> = { ...ELEMENTS, '%Z': '%Z', '%z': '%z', '%Ez': '%z', '%e': '%d' };

const ELEMENT = /%E(?:\d|\*)?[A-Za-z]|%./g;

/** The `strftime` format for a BigQuery one; `utc` where the time is in UTC, so that zone elements are known. */
export function formatElements(format: string, utc: boolean): string {
  return format.replaceAll(ELEMENT, (element) => {
    const known = ELEMENTS[element] ?? (utc ? UTC_ONLY[element] : undefined);
    if (known === undefined) throw unsupported(`the format element ${element}`);
    return known;
  });
}

/** The `strptime` format for a BigQuery one. */
export function parseElements(format: string): { format: string; hasZone: boolean } {
  const known = format.replaceAll(ELEMENT, (element) => {
    if (element === '%E*S' || element === '%E3S' || element === '%E6S') return '%S.%f';
    const target = PARSED[element];
    if (target === undefined) throw unsupported(`the format element ${element} in parsing`);
    return target;
  });
  return { format: known, hasZone: /%z|%Z/.test(known) };
}
