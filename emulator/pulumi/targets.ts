/** Where the local servers are, and how the programs' resources are placed on them. */
export interface Targets {
  readonly projectId: string;
  /** `host:port` of a Pub/Sub server. */
  readonly pubsub: string;
  /** `host:port` of a Firestore server. */
  readonly firestore: string;
  /** Base URL of a BigQuery server. */
  readonly bigquery: string;
  /** Base URL of the functions that customers ask. */
  readonly apiUrl: string;
  /** Base URL of the one that Pub/Sub pushes to. */
  readonly decideUrl: string;
  /**
   * Base URL of the relay, where `pubsub` is Google's emulator, which cannot push with authentication, write to BigQuery,
   * filter or transform: it gets plain pull subscriptions, and the relay is told what each should have been.
   */
  readonly relay?: string;
  /** Factor of retry back-off on subscriptions that are made for the relay. */
  readonly backoffScale?: number;
}
