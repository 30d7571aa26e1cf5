import { anEvent } from '#test/stack/event.ts';

/** A body of so many events without ids, which may be sent any number of times. */
export function bodyOf(events: number): string {
  return JSON.stringify(
    Array.from({ length: events }, () => {
      const { id: _id, ...event } = anEvent();
      return event;
    }),
  );
}
