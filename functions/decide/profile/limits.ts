const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How long after an event was applied a message accepted before it may still arrive and change what is decided. Covers
 * several redeliveries; costs only the room for {@link LIMITS.unsettledEvents}.
 */
export const SETTLING_MS = 10 * MINUTE_MS;

/** How long it is remembered that a message was applied: longer than a topic's retention of 31 days can bring it back. */
export const APPLIED_RETENTION_MS = 38 * DAY_MS;

/**
 * What one profile may hold: together at most 0.9 MB of the 1 MiB of a Firestore document, for the most hostile input.
 * What is beyond is forgotten, oldest first, except for properties, whose change is refused.
 */
export const LIMITS = {
  propertiesBytes: 256 * 1024,
  /** JSON values of all properties: each costs more to read, to look at and to write than its bytes tell. */
  propertyValues: 5000,
  /** Beyond, the type whose newest event is the oldest is forgotten. */
  eventTypes: 128,
  /** Of all types together. Beyond, as with {@link LIMITS.eventTypes}. An entry takes up to 18 bytes. */
  countEntries: 8000,
  /** Of one type, at their exact time. Beyond, entries are merged, the older the coarser. */
  exactEntriesPerType: 128,
  recentEvents: 64,
  unsettledEvents: 32,
  unsettledEventsPerRule: 8,
  /** Of all of them together. */
  unsettledBytes: 192 * 1024,
  /** JSON values of all of them together. */
  unsettledValues: 8000,
  /** A property's values that newer ones replaced of late. */
  supersededValues: 3,
  supersededValueBytes: 1024,
  decisionsBytes: 192 * 1024,
  /**
   * Of all decisions that one message brings about. They are stored with it, and fifty messages of one subject in one commit:
   * together with the profile less than the 10 MiB that it may have.
   */
  decisionsBytesPerMessage: 128 * 1024,
  /** Per rule, for cooldowns. */
  decisionTimes: 8,
  /** Rules whose decisions are remembered: more than a tenant can have at a time. */
  rules: 128,
} as const;
