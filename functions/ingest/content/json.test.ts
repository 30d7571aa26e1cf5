import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '#shared/errors/refusals.ts';
import { LIMITS } from '../limits.ts';
import { ownForm, readJson } from './json.ts';
import { type Items, type Unparsed, UnreadableItem } from './received.ts';

/** With which everything is large. */
const TINY = { ...LIMITS, maxEventValues: 8, maxBodyValues: 200 };

function parsedOf({ batches, count }: Unparsed): unknown[] {
  const items = batches.flatMap(({ parse }) => {
    const { items: all, inexact }: Items = parse();
    return all.map((item, index) => (inexact.has(index) ? { inexact: inexact.get(index)?.path } : item));
  });
  if (count !== undefined) expect(items).toHaveLength(count);
  return items.map((item) => (item instanceof UnreadableItem ? item.error.code : item));
}

/** What a body comes to: its items, or the code of the refusal. */
function outcomeOf(text: string, limits = LIMITS): unknown {
  try {
    return parsedOf(readJson(Buffer.from(text), ownForm('events'), limits));
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

const event = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });
const ROUND_THEM = ['|', '{"events":|}', ' { "events" : | } \n', '{"events":|,"x":1}', '{"x":|}', '|]', '{"events":|'];

test('in pieces it comes to the same as at once, but for events with too many values', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }),
      fc.constantFrom(...ROUND_THEM),
      fc.constantFrom('', ',', ' 1e999', '}', '"', '\ufeff'),
      fc.nat({ max: 300 }),
      (events, round, damage, at) => {
        const written = round.replace('|', () => JSON.stringify(events));
        const text = damage === '' ? written : written.slice(0, at) + damage + written.slice(at);
        const [whole, inPieces] = [outcomeOf(text), outcomeOf(text, TINY)];
        if (!Array.isArray(whole)) {
          // Of two things that are wrong another may be told; and what is not parsed may be anything.
          const codes = Array.isArray(inPieces) ? inPieces.filter((item) => item === 'too_many_values') : [inPieces];
          expect(codes).not.toEqual([]);
          for (const code of codes) expect(['malformed_json', 'invalid_body', 'too_many_values']).toContain(code);
          return;
        }
        if (!Array.isArray(inPieces)) throw new Error(`refused: ${String(inPieces)}`);
        expect(inPieces).toHaveLength(whole.length);
        for (const [index, item] of inPieces.entries()) {
          if (item !== 'too_many_values') expect(item).toEqual(whole[index]);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

const list = (count: number, item = '[1]'): string => Array.from({ length: count }, () => item).join(',');

describe('what is large', () => {
  test.each<[string, string, unknown]>([
    ['a list', `[${list(6)}]`, Array.from({ length: 6 }, () => [1])],
    ['a named list', `{"events":[${list(6)}]}`, Array.from({ length: 6 }, () => [1])],
    [
      'only the event with what is inexact',
      `[${list(6)},[1e999]]`,
      [...Array.from({ length: 6 }, () => [1]), { inexact: '0' }],
    ],
    [
      'an event with too many values among others',
      `[${list(4)},[${list(20)}],[1]]`,
      [[1], [1], [1], [1], 'too_many_values', [1]],
    ],
    ['a comma too many', `[${list(6)},]`, 'malformed_json'],
    ['a comma too many between pieces', `[${list(4)},,${list(4)}]`, 'malformed_json'],
    ['another bracket', `[${list(6)}}`, 'malformed_json'],
    ['no end', `{"events":[${list(6)}]`, 'malformed_json'],
    ['something behind it', `[${list(6)}] 1`, 'malformed_json'],
    ['a field beside it', `{"events":[${list(6)}],"x":1}`, 'invalid_body'],
    ['very much beside it', `{"events":[${list(6)}],"x":"${'x'.repeat(2_000)}"}`, 'invalid_body'],
    ['two lists', `{"events":[${list(6)}],"events":[1]}`, 'invalid_body'],
    ['no list', `{"events":{"a":[${list(6)}]}}`, ['too_many_values']],
    ['more values than a body may have', `[${list(101)}]`, 'too_many_values'],
    ['as many as it may have', `[${list(99)},1]`, [...Array.from({ length: 99 }, () => [1]), 1]],
  ])('%s', (_name, text, outcome) => {
    expect(outcomeOf(text, TINY)).toEqual(outcome);
  });

  test('a list under a name that is not written plainly is not taken for one event', () => {
    const text = `{"\\u0065vents":["${'x'.repeat(300_000)}"]}`;
    expect(outcomeOf(text)).toBe('invalid_body');
  });

  test('an event of more than 2 MB is not parsed', () => {
    expect(outcomeOf(`[{"a":"${'x'.repeat(2_000_000)}"},{}]`)).toEqual(['event_too_large', {}]);
  });

  test('nothing is parsed before it is asked for', () => {
    const { batches, count } = readJson(Buffer.from(`[${list(6)},{"a" 1}]`), ownForm('events'), TINY);
    expect(count).toBe(7);
    expect(batches.length).toBeGreaterThan(1);
    for (const { units } of batches) expect(units).toBeGreaterThan(0);
  });
});
