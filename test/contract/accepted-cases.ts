import { randomUUID } from 'node:crypto';
import { anEvent } from '#test/stack/event.ts';
import type { Answered } from './answered.ts';
import type { ContractCase } from './contract-case.ts';
import { ALL_FORMATS, ENCODINGS, encoded, FORMATS } from './formats.ts';
import { content } from './sender.ts';

/** What `POST /v1/events` takes. */
export const ACCEPTED_CASES: readonly ContractCase[] = [
  {
    name: 'an event, in every format and encoding',
    answer: 202,
    run: async ({ post }) => {
      const answers: Answered[] = [];
      for (const format of ALL_FORMATS) {
        for (const encoding of ENCODINGS) {
          const sent = encoded(FORMATS[format](anEvent()), encoding);
          answers.push([`${format}, ${encoding}`, await post('acme', sent)]);
        }
      }
      return answers;
    },
  },
  {
    name: 'a good event beside a bad one, and a duplicate',
    answer: 202,
    run: async ({ post }) => {
      const good = anEvent();
      const events = [good, good, { ...anEvent(), timestamp: 'yesterday' }];
      const lines = events.map((event) => JSON.stringify(event)).join('\n');
      return [
        ['array', await post('acme', content('application/json', JSON.stringify(events)))],
        ['object', await post('acme', content('application/json', JSON.stringify({ events })))],
        ['ndjson', await post('acme', content('application/x-ndjson', lines))],
        ['jsonl', await post('acme', content('application/jsonl', lines))],
      ];
    },
  },
  {
    name: 'an Idempotency-Key, and the same again',
    answer: 202,
    run: async ({ post }) => {
      const answers = ALL_FORMATS.map(async (format) => {
        const sent = FORMATS[format](anEvent());
        const key = [['idempotency-key', `"${randomUUID()}"`]] as const;
        return [
          [format, await post('acme', sent, key)],
          [`${format}, again`, await post('acme', sent, key)],
        ] as const;
      });
      return (await Promise.all(answers)).flat();
    },
  },
];
