import { afterAll, afterEach } from 'vitest';
import { expectServing, published } from './world.ts';

/** A credential that sends nothing but what is invalid is shut out for a while, so that what is good has to come now and then. */
const GOOD_EVERY = 10;

let tests = 0;

afterEach(async () => {
  if (++tests % GOOD_EVERY === 0) await expectServing();
});

// Attacks have published nothing, to nobody's topic, but for what each test has looked at itself. A test that looks sees what
// those before it left.
afterAll(async () => {
  await expectServing();
  const messages = await published();
  if (messages.length > 0) throw new Error(`published: ${JSON.stringify(messages)}`);
});
