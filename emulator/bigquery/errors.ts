/** The reasons that this server gives, with the HTTP status of each. @see https://cloud.google.com/bigquery/docs/error-messages */
const STATUS = {
  duplicate: 409,
  internalError: 500,
  invalid: 400,
  invalidQuery: 400,
  notFound: 404,
  conditionNotMet: 412,
  resourceInUse: 400,
} as const;

export type Reason = keyof typeof STATUS;

export interface ErrorProto {
  reason: string;
  location?: string;
  debugInfo?: string;
  message: string;
}

/** A refusal as BigQuery words it; the server turns it into its error body. */
export class BigQueryError extends Error {
  readonly reason: Reason;
  readonly location: string | undefined;

  constructor(reason: Reason, message: string, location?: string) {
    super(message);
    this.name = 'BigQueryError';
    this.reason = reason;
    this.location = location;
  }

  get status(): (typeof STATUS)[Reason] {
    return STATUS[this.reason];
  }

  toProto(): ErrorProto {
    return {
      reason: this.reason,
      ...(this.location === undefined ? {} : { location: this.location }),
      message: this.message,
    };
  }
}

/** A query that is wrong, or asks for what this server does not know. */
export function invalidQuery(message: string): BigQueryError {
  return new BigQueryError('invalidQuery', message, 'query');
}

/** What BigQuery may well know and this server does not: refused by its name, never guessed at. */
export function unsupported(what: string): BigQueryError {
  return invalidQuery(`Unsupported by the local BigQuery: ${what}`);
}
