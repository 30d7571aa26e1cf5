import { expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

test.each(['{"subject":cus_1}', `[${'"a",'.repeat(50)}cus_1,${'"a",'.repeat(50)}]`, '{"subject":"cus_1"', 'cus_1'])(
  'what is no JSON is told without an excerpt: %s',
  (text) => {
    const parse = (): unknown => parseJson(Buffer.from(text));
    expect(parse).toThrow(SyntaxError);
    expect(parse).toThrow(/JSON/);
    expect(parse).not.toThrow(/us_1/);
  },
);
