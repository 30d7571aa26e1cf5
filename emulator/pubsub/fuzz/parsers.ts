import fc from 'fast-check';
import { parseFilter } from '../filter/filter.ts';
import { StatusError } from '../protocol/status.ts';
import { compileDefinition } from '../schema/definition.ts';
import { checkMessageTransforms } from '../transform/message-transforms.ts';
import type { Outcome } from './calls.ts';
import { avroText, filterText, protoText, udfText } from './words.ts';

/** One text for one of the server's parsers. */
export interface ParserInput {
  readonly parser: 'filter' | 'AVRO' | 'PROTOCOL_BUFFER' | 'transform';
  readonly text: string;
}

/** Longer, a parser would hold up everybody else. */
const SLOW_MS = 3_000;

const of = (parser: ParserInput['parser'], text: fc.Arbitrary<string>): fc.Arbitrary<ParserInput> =>
  text.map((each) => ({ parser, text: each }));

export const parserInputs: fc.Arbitrary<ParserInput> = fc.oneof(
  { weight: 10, arbitrary: of('filter', filterText) },
  { weight: 5, arbitrary: of('AVRO', avroText) },
  { weight: 5, arbitrary: of('PROTOCOL_BUFFER', protoText) },
  { weight: 1, arbitrary: of('transform', udfText) },
);

/** A text is read, or refused as INVALID_ARGUMENT, and soon. */
export async function parse({ parser, text }: ParserInput): Promise<Outcome> {
  const startedAt = performance.now();
  const answer = await answerOf(async () => {
    if (parser === 'filter') parseFilter(text)({ key: 'value' });
    else if (parser === 'transform') checkMessageTransforms([{ javascriptUdf: { functionName: text, code: text } }]);
    else await compileDefinition(parser, text);
  });
  const tookMs = performance.now() - startedAt;
  return tookMs > SLOW_MS ? { fault: `it took ${Math.round(tookMs)} ms` } : answer;
}

async function answerOf(run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return { answer: 'parsed' };
  } catch (error) {
    if (error instanceof StatusError && error.code === 'INVALID_ARGUMENT') return { answer: 'refused' };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
