import { z } from 'zod';
import type { Stack } from '#emulator/cloud/stack-file.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { subscriptionPath, tenantNames, topicPath } from '#shared/naming/tenant-names.ts';

/** A message that somebody published to a tenant's topic. */
export interface Published {
  readonly topic: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: string;
}

const PullResponse = z.object({
  receivedMessages: z
    .array(
      z.object({
        ackId: z.string(),
        message: z.object({ data: z.string().default(''), attributes: z.record(z.string(), z.string()).default({}) }),
      }),
    )
    .default([]),
});

const MAX_MESSAGES = 1_000;
const DEADLINE_MS = 20_000;

/** Sees all that is published to some tenants' topics, through subscriptions of its own. */
export interface Taps {
  /** What was published since the last call, by topic. Complete for whatever was acknowledged to its publisher before. */
  drain(): Promise<Published[]>;
}

/** Makes the subscriptions that {@link tapsOn} reads from. */
export async function createTaps(stack: Stack, tenants: readonly string[]): Promise<void> {
  for (const topic of topicsOf(tenants)) {
    await call(stack, 'PUT', subscriptionOf(stack, topic), { topic: topicPath(stack.project, topic) });
  }
}

export function tapsOn(stack: Stack, tenants: readonly string[]): Taps {
  const topics = topicsOf(tenants);
  return { drain: async () => (await Promise.all(topics.map((topic) => drainTopic(stack, topic)))).flat() };
}

async function drainTopic(stack: Stack, topic: string): Promise<Published[]> {
  const subscription = subscriptionOf(stack, topic);
  const published: Published[] = [];
  for (;;) {
    const answer = await call(stack, 'POST', `${subscription}:pull`, {
      maxMessages: MAX_MESSAGES,
      returnImmediately: true,
    });
    const { receivedMessages } = PullResponse.parse(answer);
    if (receivedMessages.length === 0) return published;
    await call(stack, 'POST', `${subscription}:acknowledge`, { ackIds: receivedMessages.map(({ ackId }) => ackId) });
    for (const { message } of receivedMessages) {
      const data = Buffer.from(message.data, 'base64').toString();
      published.push({ topic, attributes: message.attributes, data });
    }
  }
}

function topicsOf(tenants: readonly string[]): string[] {
  return tenants.flatMap((tenant) => Object.values(tenantNames(TenantId.parse(tenant)).topics));
}

function subscriptionOf({ project }: Stack, topic: string): string {
  return subscriptionPath(project, `tap.${topic}`);
}

async function call({ pubsub }: Stack, method: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`http://${pubsub}/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
