import { type CodeName, StatusError } from '../protocol/status.ts';

/** HTTP's status of each code. @see https://cloud.google.com/apis/design/errors#handling_errors */
const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNKNOWN: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const satisfies Record<CodeName, number>;

/** An error as Google's REST APIs send it. */
export interface ErrorBody {
  readonly error: {
    /** HTTP's status. */
    readonly code: number;
    readonly message: string;
    /** The name of the code. */
    readonly status: string;
    readonly details?: readonly object[];
  };
}

/** What is no refusal is a fault of the server, and not shown to the caller. */
export function errorBody(error: unknown): ErrorBody {
  if (!(error instanceof StatusError)) {
    return { error: { code: HTTP_STATUS.INTERNAL, message: 'Internal error.', status: 'INTERNAL' } };
  }
  const { code, message, details } = error;
  return {
    error: { code: HTTP_STATUS[code], message, status: code, ...(details.length > 0 && { details }) },
  };
}
