import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import resourceProto from '@pulumi/pulumi/proto/resource_pb.js';
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js';
import emptyProto from 'google-protobuf/google/protobuf/empty_pb.js';
import structProto from 'google-protobuf/google/protobuf/struct_pb.js';
import type { Struct } from 'google-protobuf/google/protobuf/struct_pb.js';
import type { Deployment, Registration } from './deployment.ts';
import { type Properties, wrapSecrets } from './properties.ts';

const STACK_REFERENCE = 'pulumi:pulumi:StackReference';

/** The resource monitor that a Pulumi program talks to, for one run. */
export interface MonitorServer {
  /** `host:port` */
  readonly address: string;
  /** Settles when the program is told that its run is over: rejects with the first failure. */
  readonly failed: Promise<never>;
  close(): void;
}

/**
 * Serves a deployment to the program that describes it, over the protocol that Pulumi's own engine speaks. The engine's
 * other service, for logs, is left out: a program without one prints what is for people, and saves a call for each line of
 * debugging, of which there are more than of everything else.
 *
 * The first failure ends the run: that call and every later one is answered CANCELLED, which a program takes for an engine
 * that is shutting down, so that it stops without a word where any other error would be thrown in each of its outputs.
 */
export async function serveMonitor(deployment: Deployment): Promise<MonitorServer> {
  const failure = Promise.withResolvers<never>();
  // Whoever awaits `failed` sees it; nobody has to.
  failure.promise.catch(() => undefined);
  let over = false;

  /** Makes a unary handler of a function that may fail. */
  function unary<Request, Response>(
    handle: (request: Request) => Response | Promise<Response>,
  ): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
    return (call, callback) => {
      void answer(call.request, callback);
    };
    async function answer(request: Request, callback: sendUnaryData<Response>): Promise<void> {
      if (!over) {
        try {
          callback(null, await handle(request));
          return;
        } catch (error) {
          over = true;
          failure.reject(error);
        }
      }
      callback({ code: status.CANCELLED, details: 'the run has failed' });
    }
  }

  const server = new Server();
  server.addService(ResourceMonitorService, {
    getDeploymentInfo: unary(() => {
      const info = new resourceProto.DeploymentInfo();
      info.setSupportedfeaturesList([resourceProto.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS]);
      return info;
    }),
    registerResource: unary(async (request: RegisterResourceRequest) => {
      if (request.getImportid() !== '') throw new Error(`${request.getName()}: import is not supported`);
      const { urn, inputs, placement, secrets } = await deployment.register(registrationOf(request));
      const response = new resourceProto.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(placement.id);
      response.setObject(structProto.Struct.fromJavaScript(wrapSecrets({ ...inputs, ...placement.outputs }, secrets)));
      return response;
    }),
    registerResourceOutputs: unary((request: { getUrn(): string; getOutputs(): Struct | undefined }) => {
      deployment.setOutputs(request.getUrn(), propertiesOf(request.getOutputs()));
      return new emptyProto.Empty();
    }),
    readResource: unary((request: { getType(): string; getId(): string }) => {
      if (request.getType() !== STACK_REFERENCE) throw new Error(`reading a ${request.getType()} is not supported`);
      const { urn, properties, secrets } = deployment.readStack(request.getId());
      const response = new resourceProto.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(structProto.Struct.fromJavaScript(wrapSecrets(properties, secrets)));
      return response;
    }),
    invoke: unary((request: { getTok(): string }) => {
      throw new Error(`${request.getTok()}: the local cloud answers no provider functions`);
    }),
    signalAndWaitForShutdown: unary(async () => {
      await deployment.deleteRest();
      return new emptyProto.Empty();
    }),
  });

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    failed: failure.promise,
    close: () => {
      server.forceShutdown();
    },
  };
}

function registrationOf(request: RegisterResourceRequest): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    custom: request.getCustom(),
    protect: request.getProtect() ?? false,
    inputs: propertiesOf(request.getObject()),
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function propertiesOf(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
