import { status } from '@grpc/grpc-js';

type Code = Exclude<keyof typeof status, 'OK'>;

/** A refusal with the gRPC status that Firestore gives it. */
export class FirestoreError extends Error {
  readonly code: status;
  readonly details: string;

  constructor(code: Code, details: string) {
    super(details);
    this.name = 'FirestoreError';
    this.code = status[code];
    this.details = details;
  }
}
