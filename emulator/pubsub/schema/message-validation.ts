import type { Encoding, SchemaType } from '../protocol/resources.ts';
import { StatusError } from '../protocol/status.ts';
import type { Definition } from './definition.ts';

/** A schema as far as it judges messages. */
export interface Judge<Candidate> {
  readonly type: SchemaType;
  readonly name: string;
  /** Revisions in the order in which they are tried. */
  readonly candidates: readonly Candidate[];
}

interface Candidate {
  readonly id: string;
  readonly definition: Definition;
}

/** @returns the first revision that the data is valid for @throws StatusError INVALID_ARGUMENT when there is none */
export function requireValid<Found extends Candidate>(
  data: Uint8Array,
  encoding: Encoding,
  judge: Judge<Found>,
): Found {
  let lastFailure = '';
  for (const candidate of judge.candidates) {
    try {
      candidate.definition.read(data, encoding);
      return candidate;
    } catch (error) {
      lastFailure = `, last checked revision: revision_id=${candidate.id} failed with status: ${reasonOf(error)}`;
    }
  }
  const framework = judge.type === 'AVRO' ? 'AVRO' : 'PROTO';
  throw new StatusError('INVALID_ARGUMENT', 'Invalid data in message: Message failed schema validation.', [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: `INVALID_${encoding}_${framework}_MESSAGE`,
      domain: 'pubsub.googleapis.com',
      metadata: {
        message: 'Message failed schema validation',
        revisionInfo: `Could not validate message with any schema revision for schema: ${judge.name}${lastFailure}`,
      },
    },
  ]);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
