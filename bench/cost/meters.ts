import { readFileSync } from 'node:fs';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { billedBytes, messageBytes } from './bill.ts';
import type { Counts } from './bill.ts';
import { startGrpcTap } from './grpc-tap.ts';
import type { GrpcTap } from './grpc-tap.ts';
import type { Counted } from './prices.ts';

/** Counts of one stage, which grow. */
export class Meter {
  counts: Counts = {};

  add(counted: Counted, by: number): void {
    this.counts[counted] = (this.counts[counted] ?? 0) + by;
  }

  reset(): void {
    this.counts = {};
  }
}

interface CommitRequest {
  readonly writes?: readonly {
    readonly update?: { readonly name: string };
    readonly delete?: string;
    readonly currentDocument?: { readonly exists?: boolean; readonly updateTime?: unknown };
  }[];
}

/** Collections whose documents the database deletes one day, each deletion billed. */
const EXPIRING: ReadonlySet<string> = new Set(
  (
    JSON.parse(readFileSync(new URL('../../firestore.indexes.json', import.meta.url), 'utf8')) as {
      fieldOverrides: { collectionGroup: string; ttl: boolean }[];
    }
  ).fieldOverrides.flatMap(({ collectionGroup, ttl }) => (ttl ? [collectionGroup] : [])),
);

/** Counts what is billed of a Firestore client's calls: documents read, missing ones too, and documents written. */
export function tapFirestore(target: string, meter: Meter): Promise<GrpcTap> {
  return startGrpcTap({
    target,
    service: 'google.firestore.v1.Firestore',
    library: '@google-cloud/firestore',
    descriptors: 'build/protos/v1.json',
    onRequest: (method, request) => {
      if (method !== 'Commit') return;
      for (const write of (request as CommitRequest).writes ?? []) {
        meter.add(write.delete ? 'Firestore deletes' : 'Firestore writes', 1);
        const isNew = write.currentDocument?.exists !== true && !write.currentDocument?.updateTime;
        const collection = write.update?.name.split('/').at(-2);
        if (isNew && collection !== undefined && EXPIRING.has(collection)) meter.add('Firestore deletes', 1);
      }
    },
    onResponse: (method, response) => {
      const { found, missing, document } = response as Record<string, unknown>;
      if (method === 'BatchGetDocuments' && (found || missing)) meter.add('Firestore reads', 1);
      if (method === 'RunQuery' && document) meter.add('Firestore reads', 1);
    },
  });
}

interface PublishRequest {
  readonly topic: string;
  readonly messages: readonly { readonly data?: Buffer; readonly attributes?: Record<string, string> }[];
}

/** Counts the bytes that are billed of what is published, and those that topics keep. */
export function tapPublisher(target: string, meter: Meter): Promise<GrpcTap> {
  return startGrpcTap({
    target,
    service: 'google.pubsub.v1.Publisher',
    library: '@google-cloud/pubsub',
    descriptors: 'build/protos/protos.json',
    onRequest: (method, request) => {
      if (method !== 'Publish') return;
      const { messages } = request as PublishRequest;
      const bytes = messages.reduce(
        (sum, { data, attributes }) => sum + messageBytes(data ?? Buffer.alloc(0), attributes ?? {}),
        0,
      );
      meter.add('Pub/Sub bytes', billedBytes(bytes));
      meter.add('Pub/Sub bytes kept a week', bytes);
    },
  });
}

const PUSH_DEADLINE_MS = 45_000;

/** Hands pushes on to `target`, and counts them: each is a request to Cloud Run, and a kilobyte of Pub/Sub's at least. */
export function tapPushes(
  target: string,
  meter: Meter,
  onAnswer: (status: number, bytes: number) => void,
): Promise<HttpServer> {
  return serveHttp(async (request) => {
    const body = await request.text();
    const { message } = JSON.parse(body) as { message: { data?: string; attributes?: Record<string, string> } };
    const bytes = messageBytes(Buffer.from(message.data ?? '', 'base64'), message.attributes ?? {});
    meter.add('Pub/Sub bytes', billedBytes(bytes));
    meter.add('Cloud Run requests', 1);
    const answer = await fetch(`${target}/push`, {
      method: 'POST',
      headers: request.headers,
      body,
      signal: AbortSignal.timeout(PUSH_DEADLINE_MS),
    });
    await answer.body?.cancel();
    onAnswer(answer.status, bytes);
    return new Response(null, { status: answer.status });
  });
}
