/** The names of google.rpc.Code that a fault may be asked for with. */
export const FAULT_CODES = [
  'ABORTED',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'NOT_FOUND',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'UNAUTHENTICATED',
  'UNAVAILABLE',
  'UNKNOWN',
] as const;

/** The names of google.rpc.Code that this server answers with. */
export type CodeName =
  | (typeof FAULT_CODES)[number]
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'UNAVAILABLE';

/** One of the messages of `google.rpc` that say more about an error, in proto3 JSON. */
export interface ErrorDetail {
  /** `type.googleapis.com/google.rpc.BadRequest` */
  readonly '@type': string;
  readonly [field: string]: unknown;
}

/** A refusal as the protocol has it: over gRPC a status, over REST the error body that belongs to it. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: CodeName;
  readonly details: readonly ErrorDetail[];

  constructor(code: CodeName, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const invalidArgument = (message: string): StatusError => new StatusError('INVALID_ARGUMENT', message);

export const notFound = (resource: string): StatusError =>
  new StatusError('NOT_FOUND', `Resource not found (resource=${resource}).`);

export const alreadyExists = (resource: string): StatusError =>
  new StatusError('ALREADY_EXISTS', `Resource already exists in the project (resource=${resource}).`);
