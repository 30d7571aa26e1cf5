import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../measurement/percentile.ts';
import { encodePublishRequest, type PubSubClient } from './client.ts';
import { createFixture, fill, MESSAGE_BYTES, sampleRequest } from './fixture.ts';
import type { PushEndpoint } from './push-endpoint.ts';

const MESSAGES_TO_DRAIN = 100_000;
const MESSAGES_TO_PUSH = 20_000;
const PACED_MESSAGES_PER_SECOND = 1000;
const PACED_WARM_UP_SECONDS = 0.5;
const PROGRESS_INTERVAL_MS = 25;
/** What was published in time may arrive that much later. */
const LATE_MS = 2_000;

/** Messages a second, published by `inFlight` loops that each await an answer before their next request. */
export async function publishLoad(
  client: PubSubClient,
  messagesPerRequest: number,
  inFlight: number,
  seconds: number,
): Promise<number> {
  await using fixture = await createFixture(client);
  const request = sampleRequest(fixture.topic, messagesPerRequest);
  const startedAt = performance.now();
  let published = 0;
  const publish = async (): Promise<void> => {
    while (performance.now() - startedAt < seconds * 1000) {
      const taken = await client.publish(request);
      published += taken;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, publish));
  return (published / (performance.now() - startedAt)) * 1000;
}

/** Messages a second, from a backlog over so many streams that acknowledge all at once, for `seconds` at most. */
export async function drainLoad(client: PubSubClient, streams: number, seconds: number): Promise<number> {
  await using fixture = await createFixture(client);
  await fill(client, fixture.topic, MESSAGES_TO_DRAIN);
  const drained = Promise.withResolvers<undefined>();
  let received = 0;
  const startedAt = performance.now();
  const close = Array.from({ length: streams }, () =>
    client.streamingPull(
      fixture.subscription,
      (messages) => {
        received += messages.length;
        if (received >= MESSAGES_TO_DRAIN) drained.resolve(undefined);
      },
      drained.reject,
    ),
  );
  const timeUp = new AbortController();
  await Promise.race([drained.promise, delay(seconds * 1000, undefined, { signal: timeUp.signal })]).finally(() => {
    timeUp.abort();
    for (const end of close) end();
  });
  return (received / (performance.now() - startedAt)) * 1000;
}

/** One message a request at 1,000 a second, from when each was due to be published until it was received. */
export async function latencyLoad(
  client: PubSubClient,
  seconds: number,
): Promise<{ readonly p50Ms: number | undefined; readonly p95Ms: number | undefined }> {
  await using fixture = await createFixture(client);
  const latencies: number[] = [];
  const failed = Promise.withResolvers<never>();
  const warmUp = PACED_WARM_UP_SECONDS * PACED_MESSAGES_PER_SECOND;
  const total = warmUp + Math.round(seconds * PACED_MESSAGES_PER_SECOND);
  const close = client.streamingPull(
    fixture.subscription,
    (messages) => {
      const now = performance.now();
      for (const { message } of messages) latencies.push(now - Buffer.from(message.data).readDoubleLE());
    },
    failed.reject,
  );
  const publishAll = async (): Promise<void> => {
    const startedAt = performance.now();
    const sent: Promise<number>[] = [];
    while (sent.length < total) {
      const dueAt = startedAt + (sent.length / PACED_MESSAGES_PER_SECOND) * 1000;
      const aheadMs = dueAt - performance.now();
      if (aheadMs > 0) await delay(aheadMs);
      const data = Buffer.alloc(MESSAGE_BYTES);
      data.writeDoubleLE(dueAt);
      sent.push(client.publish(encodePublishRequest(fixture.topic, [data])));
    }
    await Promise.all(sent);
    const giveUpAt = performance.now() + LATE_MS;
    while (latencies.length < total && performance.now() < giveUpAt) await delay(PROGRESS_INTERVAL_MS);
  };
  await Promise.race([publishAll(), failed.promise]).finally(close);
  if (latencies.length < total) throw new Error(`of ${total} messages ${latencies.length} arrived`);
  const measured = latencies.slice(warmUp).sort((a, b) => a - b);
  return { p50Ms: percentile(measured, 50), p95Ms: percentile(measured, 95) };
}

/** Deliveries a second to an endpoint that answers at once, from the first one, for `seconds` at most. */
export async function pushLoad(client: PubSubClient, endpoint: PushEndpoint, seconds: number): Promise<number> {
  await endpoint.reset();
  await using fixture = await createFixture(client, endpoint.url);
  await fill(client, fixture.topic, MESSAGES_TO_PUSH);
  const giveUpAt = performance.now() + seconds * 1000;
  let deliveries = await endpoint.deliveries();
  while (deliveries.count < MESSAGES_TO_PUSH && performance.now() < giveUpAt) {
    await delay(PROGRESS_INTERVAL_MS);
    deliveries = await endpoint.deliveries();
  }
  const { count, durationMs } = deliveries;
  return durationMs === 0 ? 0 : (count / durationMs) * 1000;
}
