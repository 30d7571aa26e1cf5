import { invalidArgument } from './protocol/status.ts';

/** What an ack id says: which delivery of which lease of which subscription it stands for. */
export interface AckId {
  readonly subscription: number;
  readonly slot: number;
  /** Counts the deliveries of the subscription. */
  readonly delivery: number;
}

const RADIX = 36;
const FORMAT = /^([0-9a-z]{1,10})-([0-9a-z]{1,10})-([0-9a-z]{1,10})$/;

export const formatAckId = ({ subscription, slot, delivery }: AckId): string =>
  `${subscription.toString(RADIX)}-${slot.toString(RADIX)}-${delivery.toString(RADIX)}`;

/** @throws StatusError INVALID_ARGUMENT when it is none of ours */
export function parseAckId(ackId: string): AckId {
  const [, subscription, slot, delivery] = FORMAT.exec(ackId) ?? [];
  if (!subscription || !slot || !delivery) {
    throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${ackId.slice(0, 100)}).`);
  }
  return {
    subscription: Number.parseInt(subscription, RADIX),
    slot: Number.parseInt(slot, RADIX),
    delivery: Number.parseInt(delivery, RADIX),
  };
}
