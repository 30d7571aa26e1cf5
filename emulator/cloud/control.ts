import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { z } from 'zod';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantConfig } from './demo-tenants.ts';
import type { FunctionsProcess } from './functions-process.ts';

/** One line of the answer to an order. */
export type Progress =
  | { readonly type: 'resource'; readonly urn: string; readonly operation: string }
  | {
      readonly type: 'done';
      readonly endpoint: string;
      readonly apiKey: string;
      readonly apiKeys: Readonly<Record<string, string>>;
    }
  | { readonly type: 'error'; readonly message: string };

/** The running stack, as far as orders concern it. */
export interface Orders {
  readonly onboard: (tenant: TenantId, settings: TenantConfig, report: (line: Progress) => void) => Promise<void>;
  /** Settings of a tenant, as its stack is configured with them; undefined where there is none. */
  readonly settingsOf: (tenant: string) => TenantConfig | undefined;
  readonly functions: Pick<FunctionsProcess, 'pid' | 'kill'>;
}

/** What a kill may wait for an instance to be ready, before it and after it. */
const KILL_TIMEOUT_MS = 20_000;

const Order = z.strictObject({ tenant: TenantId, settings: z.record(z.string(), z.unknown()).default({}) });

/**
 * Takes orders for the running stack, on 127.0.0.1 only: `POST /tenants` onboards a tenant, or updates it, and answers
 * with a JSON line for each step ({@link Progress}), the last of which is `done` or `error`. `GET /tenants/{tenant}` tells
 * its settings, and `GET /functions` the process id of the functions while they are ready. `DELETE /functions` kills them, for
 * whoever wants to see what their death does, and answers with {@link Killed} when others are ready.
 *
 * Of bodies only `application/json` is taken. That, and `DELETE`, a page in somebody's browser cannot send here without
 * being asked first.
 */
export async function startControl({ onboard, settingsOf, functions }: Orders): Promise<HttpServer> {
  const app = new Hono();
  app.get('/functions', (c) => c.json({ pid: functions.pid() }));
  app.delete('/functions', async (c) => c.json(await functions.kill(KILL_TIMEOUT_MS)));
  app.onError((error, c) => c.json({ message: error.message }, 500));
  app.get('/tenants/:tenant', (c) => {
    const tenant = c.req.param('tenant');
    const settings = settingsOf(tenant);
    return settings === undefined ? c.json({ message: `there is no tenant ${tenant}` }, 404) : c.json({ settings });
  });
  app.post('/tenants', async (c) => {
    if (c.req.header('content-type') !== 'application/json') return c.json({ message: 'content-type: not JSON' }, 415);
    const order = Order.safeParse(await c.req.json().catch(() => undefined));
    if (!order.success) {
      const issue = order.error.issues[0];
      return c.json({ message: `${issue?.path.join('.') || 'body'}: ${issue?.message}` }, 400);
    }
    const { tenant, settings } = order.data;
    c.header('content-type', 'application/x-ndjson');
    return stream(c, async (body) => {
      let written = Promise.resolve<unknown>(undefined);
      const report = (line: Progress): void => {
        written = written.then(() => body.write(`${JSON.stringify(line)}\n`));
      };
      try {
        await onboard(tenant, settings, report);
      } catch (error) {
        report({ type: 'error', message: error instanceof Error ? error.message : String(error) });
      }
      await written;
    });
  });
  return serveHttp(app.fetch);
}
