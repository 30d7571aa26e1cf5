/**
 * List prices in US dollars, without free tiers and discounts, as of December 2026: of Firestore, Pub/Sub and Cloud Run in
 * regions of the first tier (europe-west1, us-central1). The one place they stand; look them up before you rely on them.
 *
 * @see https://cloud.google.com/firestore/pricing, https://cloud.google.com/pubsub/pricing, https://cloud.google.com/run/pricing,
 *   https://cloud.google.com/stackdriver/pricing, https://cloud.google.com/bigquery/pricing
 */
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/** By what is counted: the price of one. */
export const PRICES = {
  'Firestore reads': 0.06 / 100_000,
  'Firestore writes': 0.18 / 100_000,
  /** Of documents that the database deletes by itself, too. */
  'Firestore deletes': 0.02 / 100_000,
  /** Published or delivered. */
  'Pub/Sub bytes': 40 / TIB,
  'BigQuery subscription bytes': 50 / TIB,
  /** Kept by a topic for a week, at 0.27 a GiB and month. */
  'Pub/Sub bytes kept a week': (0.27 * 7) / 30 / GIB,
  /** Active logical storage, at 0.02 a GiB and month. */
  'BigQuery bytes kept a year': (0.02 * 12) / GIB,
  'Cloud Run requests': 0.4 / 1_000_000,
  /** While a request is processed. */
  'Cloud Run vCPU seconds': 0.000024,
  'Cloud Run GiB seconds': 0.0000025,
  'log bytes': 0.5 / GIB,
} as const;

export type Counted = keyof typeof PRICES;

/** What Pub/Sub bills of a request at least. */
export const MIN_REQUEST_BYTES = 1_000;
/** What it counts of a message beside data and attributes: the timestamp and the id. */
export const MESSAGE_OVERHEAD_BYTES = 20 + 16;
