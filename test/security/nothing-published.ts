import { randomUUID } from 'node:crypto';
import { afterEach } from 'vitest';
import { anEvent } from '#test/stack/event.ts';
import { keyOf, postWith, published } from './world.ts';

// An attack publishes nothing, to nobody's topic, but for what its test has looked at already; and a good event is accepted
// after it as ever.
afterEach(async () => {
  const id = `evt_witness_${randomUUID()}`;
  const { status, body } = await postWith(keyOf('acme'), anEvent({ id }));
  if (status !== 202) throw new Error(`a good event is refused: ${status} ${body}`);
  const messages = await published();
  const ids = messages.map(({ topic, attributes }) => `${topic} ${attributes['event_id']}`);
  if (ids.length !== 1 || ids[0] !== `acme.events ${id}`) throw new Error(`published: ${JSON.stringify(messages)}`);
});
