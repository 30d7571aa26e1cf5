import { expect, test } from 'vitest';
import { coresTakenByOthers } from './quietness.ts';

test('without the time of one of the processes, nothing can be said of the others', async () => {
  expect(await (await coresTakenByOthers([process.pid, undefined]))()).toBeUndefined();
});
