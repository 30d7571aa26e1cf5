import type { Firestore } from '@google-cloud/firestore';
import { TenantId } from '#shared/naming/tenant-id.ts';
import { metered, type Meter } from '../meters.ts';
import { PLANS } from '../plans.ts';
import type { MeterReport, Report } from './settle.ts';
import type { Settling } from './settle-together.ts';

interface Snapshot {
  readonly ref: { readonly path: string };
  readonly data: () => object | undefined;
  readonly updateTime: number | undefined;
  readonly readTime: { readonly toMillis: () => number };
}

/** What an instance has to tell about its events, with nothing about their bytes. */
export function aReport(
  events: Partial<MeterReport> = {},
  {
    instanceId = 'i1',
    leaves = false,
    meter = 'events',
  }: { instanceId?: string; leaves?: boolean; meter?: Meter } = {},
): Report {
  const none = { used: 0, accepted: 0, settledUsed: 0, settledAccepted: 0, excused: 0, unused: 0, demand: 0 };
  return { instanceId, leaves, ...metered((each) => (each === meter ? { ...none, ...events } : none)) };
}

/** A report of an instance that let through, and had accepted, so many events since it began. */
export function aSettling(tenantId: string, used: number, of: Parameters<typeof aReport>[1] = {}): Settling {
  const report = aReport({ used, accepted: used, demand: used }, of);
  return { tenantId: TenantId.parse(tenantId), report, limits: PLANS.standard };
}

/** As much of Firestore as settling uses, with the requests it takes. */
export class FakeFirestore {
  readonly documents = new Map<string, { readonly data: object; readonly version: number }>();
  /** `read 2`, `write 2`, `transaction`: with the number of documents. */
  readonly requests: string[] = [];
  /** Called between a read and the write that follows it. */
  meanwhile: () => void = () => undefined;
  /** What a write to a path fails with. */
  readonly failing = new Map<string, { readonly code: number }>();
  isDown = false;
  #version = 0;

  put(path: string, data: object): void {
    this.documents.set(path, { data, version: ++this.#version });
  }

  asFirestore(): Firestore {
    return {
      doc: (path: string) => ({ path }),
      getAll: async (...references: { path: string }[]) => {
        this.#request(`read ${references.length}`);
        const snapshots = references.map(({ path }) => this.#snapshot(path));
        this.meanwhile();
        return snapshots;
      },
      bulkWriter: () => this.#bulkWriter(),
      runTransaction: async <Result>(run: (transaction: object) => Promise<Result>) => {
        this.#request('transaction');
        return run({
          get: async ({ path }: { path: string }) => this.#snapshot(path),
          set: ({ path }: { path: string }, data: object) => this.put(path, data),
        });
      },
    } as unknown as Firestore;
  }

  #request(what: string): void {
    this.requests.push(what);
    if (this.isDown) throw Object.assign(new Error('down'), { code: 14 });
  }

  #snapshot(path: string): Snapshot {
    const document = this.documents.get(path);
    return {
      ref: { path },
      data: () => document?.data,
      updateTime: document?.version,
      readTime: { toMillis: () => Date.UTC(2026, 10, 21, 12) },
    };
  }

  #bulkWriter(): object {
    const closed = Promise.withResolvers<void>();
    let writes = 0;
    const write = async (path: string, data: object, version: number | undefined): Promise<void> => {
      writes++;
      await closed.promise;
      const failure = this.failing.get(path);
      if (failure !== undefined) throw failure;
      const held = this.documents.get(path)?.version;
      if (held !== version) throw { code: version === undefined ? 6 : 9 };
      this.put(path, data);
    };
    return {
      onWriteError: () => undefined,
      create: ({ path }: { path: string }, data: object) => write(path, data, undefined),
      update: ({ path }: { path: string }, data: object, { lastUpdateTime }: { lastUpdateTime: number }) =>
        write(path, data, lastUpdateTime),
      close: async () => {
        this.requests.push(`write ${writes}`);
        closed.resolve();
      },
    };
  }
}
