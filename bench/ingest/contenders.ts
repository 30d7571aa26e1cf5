import { startFunctionsInstance } from '#test/stack/functions-instance.ts';
import type { TestStack } from '#test/stack/start-stack.ts';
import { tenantNames } from '#shared/naming/tenant-names.ts';
import type { TenantId } from '#shared/naming/tenant-id.ts';
import { z } from 'zod';
import { startChild } from '../process/child.ts';
import { findProcess } from '../process/cpu-time.ts';
import { httpContender } from './contender.ts';
import type { Contender } from './contender.ts';
import type { HttpTarget } from './http-target.ts';
import { startPublishLoop } from './publish-loop.ts';
import { sampleBodies, sampleMessages } from './sample-events.ts';

const Greeting = z.object({ url: z.url() });

/** All that publish to the tenant's `events` topic in one run. */
export interface Contenders extends AsyncDisposable {
  readonly headgate: Contender;
  /** Where Headgate takes events. */
  readonly headgateTarget: HttpTarget;
  readonly publishLoop: Contender;
  readonly publishLoopWithAttributes: Contender;
  /** The same functions under functions-framework, in a process of their own. */
  readonly headgateOnFramework: Contender;
  /** The least that an endpoint can be. */
  readonly bareEndpoint: Contender;
  readonly firstAttempt: Contender;
}

/** Starts those that are not part of the stack, each in a process of its own. */
export async function startContenders(stack: TestStack, tenant: TenantId): Promise<Contenders> {
  await using started = new AsyncDisposableStack();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    METADATA_SERVER_DETECTION: 'none',
    GOOGLE_CLOUD_PROJECT: stack.project,
    PUBSUB_EMULATOR_HOST: stack.pubsub,
    TOPIC: tenantNames(tenant).topics.events,
  };
  const messages = (count: number) => sampleMessages(count, tenant);
  const publishLoop = await startPublishLoop(env, messages, false);
  started.defer(() => publishLoop.close());
  const publishLoopWithAttributes = await startPublishLoop(env, messages, true);
  started.defer(() => publishLoopWithAttributes.close());
  const bareEndpoint = await startChild(new URL('./bare-endpoint-process.ts', import.meta.url), env);
  started.defer(() => bareEndpoint.close());
  const firstAttempt = await startChild(new URL('./first-attempt-process.ts', import.meta.url), env);
  started.defer(() => firstAttempt.close());

  // With its log on, as the stack's.
  const framework = await startFunctionsInstance(stack, 'functions-framework', { LOG_LEVEL: 'info' });
  started.defer(async () => void (await framework.end()));

  const json = { 'content-type': 'application/json' };
  const headgateTarget = {
    url: `${stack.api}/v1/events`,
    headers: { ...json, authorization: `Bearer ${stack.tenants[tenant]?.apiKey}` },
  };
  const bareEndpointTarget = { url: Greeting.parse(bareEndpoint.greeting).url, headers: json };
  const firstAttemptTarget = { url: Greeting.parse(firstAttempt.greeting).url, headers: json };
  const frameworkTarget = { ...headgateTarget, url: `${framework.url}/v1/events` };
  const functionsPid = await findProcess(stack.processes(), '/functions/main.ts', (serves) => serves !== 'decide');
  const running = started.move();
  return {
    headgate: httpContender('Headgate', functionsPid, headgateTarget, sampleBodies),
    headgateTarget,
    headgateOnFramework: httpContender('Headgate, functions-framework', framework.pid, frameworkTarget, sampleBodies),
    publishLoop,
    publishLoopWithAttributes,
    bareEndpoint: httpContender('bare endpoint', bareEndpoint.pid, bareEndpointTarget, sampleBodies),
    firstAttempt: httpContender('first attempt', firstAttempt.pid, firstAttemptTarget, sampleBodies),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
