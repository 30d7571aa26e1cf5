import type { Stack } from '#emulator/cloud/stack-file.ts';
import { apiOf } from '#test/stack/api.ts';
import { anEvent } from '#test/stack/event.ts';
import { eventually } from '#test/stack/eventually.ts';
import type { FuzzTenant } from './fuzz.ts';

/** Id of what is sent last. */
export const LAST_EVENT_ID = 'fuzz_last';

/** How long `decide` may take to have seen everything. */
const SETTLED_WITHIN_MS = 120_000;

/**
 * Waits until what is sent last has been applied: whatever could not be applied has been dead-lettered by then.
 *
 * @returns what is wrong with how it was answered.
 * @throws {Error} where it is not applied in time.
 */
export async function settled(stack: Stack, tenants: readonly FuzzTenant[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { id, apiKey } of tenants) {
    const api = apiOf({ ...stack, tenants: { [id]: { apiKey } } }, id);
    const type = 'customer.deleted';
    const last = anEvent({ id: LAST_EVENT_ID, subject: 'cus_last', type, data: { customer: { id: 'cus_last' } } });
    const { status, body } = await api.post('/v1/events', last);
    if (status !== 202) faults.push(`${id}: the last event was answered ${status}: ${JSON.stringify(body)}`);
    else
      await eventually(
        () => api.get('/v1/subjects/cus_last'),
        (answer) => answer.status === 200,
        SETTLED_WITHIN_MS,
      );
  }
  return faults;
}
