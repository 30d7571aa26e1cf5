import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

/** Google's clients for one server, shared by all rows: projects keep the rows apart. */
export interface Connection {
  readonly host: string;
  /** What people use. Topics and subscriptions are to be named in full. */
  readonly client: PubSub;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly schemas: v1.SchemaServiceClient;
  close(): Promise<void>;
}

const PROJECT = 'conformance';

/** @param host `host:port` */
export function connect(host: string): Connection {
  const [servicePath = '', port] = host.split(':');
  const options = { projectId: PROJECT, servicePath, port: Number(port), sslCreds: credentials.createInsecure() };
  const client = new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true });
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  return {
    host,
    client,
    publisher,
    subscriber,
    schemas,
    async close() {
      await Promise.all([client.close(), publisher.close(), subscriber.close(), schemas.close()]);
    },
  };
}
