import protobuf, { type IMapField } from 'protobufjs/light.js';
import type { ErrorDetail } from './status.ts';

const ERROR_INFO_METADATA: IMapField = { keyType: 'string', type: 'string', id: 3 };

/**
 * The messages of `google.rpc` that errors of this server carry.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
const root = protobuf.Root.fromJSON({
  nested: {
    google: {
      nested: {
        rpc: {
          nested: {
            Status: {
              fields: {
                code: { type: 'int32', id: 1 },
                message: { type: 'string', id: 2 },
                details: { rule: 'repeated', type: 'Any', id: 3 },
              },
              nested: { Any: { fields: { type_url: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } } },
            },
            ErrorInfo: {
              fields: {
                reason: { type: 'string', id: 1 },
                domain: { type: 'string', id: 2 },
                metadata: ERROR_INFO_METADATA,
              },
            },
            BadRequest: {
              fields: { fieldViolations: { rule: 'repeated', type: 'FieldViolation', id: 1 } },
              nested: {
                FieldViolation: {
                  fields: { field: { type: 'string', id: 1 }, description: { type: 'string', id: 2 } },
                },
              },
            },
          },
        },
      },
    },
  },
});

/** The value of gRPC's trailer `grpc-status-details-bin`: a `google.rpc.Status`. */
export function encodeStatusDetails(code: number, message: string, details: readonly ErrorDetail[]): Buffer {
  const status = root.lookupType('google.rpc.Status');
  const packed = details.map(({ '@type': typeUrl, ...fields }) => {
    const type = root.lookupType(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
    return { type_url: typeUrl, value: type.encode(type.fromObject(fields)).finish() };
  });
  return status.encode(status.fromObject({ code, message, details: packed })).finish() as Buffer;
}
