import type { TableWriter } from '#emulator/pubsub/bigquery/table-writer.ts';
import type { Destination } from '../delivery.ts';

/** Rows of one insert. @see https://cloud.google.com/bigquery/quotas#streaming_inserts */
const BATCH_ROWS = 500;

/** Writes messages to a table, batch after batch: what arrives during one insert makes up the next. */
export function createTableDestination(writer: TableWriter): Destination {
  let writing = Promise.resolve();
  return {
    room: () => Promise.resolve(BATCH_ROWS),
    deliver(deliveries) {
      writing = (async () => {
        const { errors } = await writer.write(deliveries.map(({ message }) => message));
        deliveries.forEach((delivery, index) => {
          const error = errors[index];
          if (error === undefined) delivery.acknowledge();
          else delivery.fail(error);
        });
      })();
      return writing;
    },
    close: () => writing,
  };
}
