import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import type {
  MethodDefinition,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

/** Stands between a client and a gRPC server, and hears all that they say to each other. */
export interface GrpcTap {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

export interface TapOptions {
  /** `google.pubsub.v1.Publisher`, say, as the client library `library` ships it in `descriptors`. */
  readonly service: string;
  readonly library: string;
  readonly descriptors: string;
  /** `host:port` of the server. */
  readonly target: string;
  /** @param method `Publish`, say */
  readonly onRequest?: (method: string, request: unknown) => void;
  readonly onResponse?: (method: string, response: unknown) => void;
}

type Raw = MethodDefinition<Buffer, Buffer>;
const MAX_BYTES = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const asIs = (bytes: Buffer): Buffer => bytes;

/** Hands every message on as it came. */
export async function startGrpcTap(options: TapOptions): Promise<GrpcTap> {
  const { target, onRequest, onResponse } = options;
  const client = new Client(target, credentials.createInsecure(), MAX_BYTES);
  const server = new Server(MAX_BYTES);
  const definition: Record<string, Raw> = {};
  const handlers: UntypedServiceImplementation = {};
  for (const [method, described] of Object.entries(serviceOf(options))) {
    const { path } = described;
    definition[method] = {
      ...described,
      requestSerialize: asIs,
      requestDeserialize: (bytes) => {
        onRequest?.(method, described.requestDeserialize(bytes));
        return bytes;
      },
      responseSerialize: (bytes) => {
        onResponse?.(method, described.responseDeserialize(bytes));
        return bytes;
      },
      responseDeserialize: asIs,
    };
    if (described.requestStream) {
      handlers[method] = (call: ServerDuplexStream<Buffer, Buffer>) => {
        const onward = client.makeBidiStreamRequest(path, asIs, asIs, call.metadata);
        call.on('data', (bytes: Buffer) => onward.write(bytes)).on('end', () => onward.end());
        call.on('cancelled', () => onward.cancel());
        onward.on('data', (bytes: Buffer) => call.write(bytes)).on('end', () => call.end());
        onward.on('error', (error) => call.emit('error', error));
      };
    } else if (described.responseStream) {
      handlers[method] = (call: ServerWritableStream<Buffer, Buffer>) => {
        const onward = client.makeServerStreamRequest(path, asIs, asIs, call.request, call.metadata);
        call.on('cancelled', () => onward.cancel());
        onward.on('data', (bytes: Buffer) => call.write(bytes)).on('end', () => call.end());
        onward.on('error', (error) => call.emit('error', error));
      };
    } else {
      handlers[method] = (
        call: ServerUnaryCall<Buffer, Buffer>,
        answer: (error: Error | null, bytes?: Buffer) => void,
      ) => client.makeUnaryRequest(path, asIs, asIs, call.request, call.metadata, answer);
    }
  }
  server.addService(definition, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      client.close();
      server.forceShutdown();
    },
  };
}

function serviceOf({ service, library, descriptors }: TapOptions): ServiceDefinition {
  const folder = dirname(createRequire(import.meta.url).resolve(`${library}/package.json`));
  const definition = fromJSON(JSON.parse(readFileSync(join(folder, descriptors), 'utf8')))[service];
  if (definition === undefined || 'format' in definition) throw new Error(`no service ${service} in ${descriptors}`);
  return definition;
}
