import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { z } from 'zod';
import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';
import { TenantId } from '#shared/naming/tenant-id.ts';
import type { TenantConfig } from './demo-tenants.ts';

/** One line of the answer to an order. */
export type Progress =
  | { readonly type: 'resource'; readonly urn: string; readonly operation: string }
  | { readonly type: 'done'; readonly endpoint: string; readonly apiKey: string }
  | { readonly type: 'error'; readonly message: string };

export type Onboard = (tenant: TenantId, settings: TenantConfig, report: (line: Progress) => void) => Promise<void>;

const Order = z.strictObject({ tenant: TenantId, settings: z.record(z.string(), z.unknown()).default({}) });

/**
 * Takes orders for the running stack, on 127.0.0.1 only: `POST /tenants` onboards a tenant, or updates it, and answers
 * with a JSON line for each step ({@link Progress}), the last of which is `done` or `error`. `GET /functions` tells the
 * process id of the functions, for whoever wants to see what their death does.
 *
 * Only `application/json` is taken: a page in somebody's browser cannot send that here without being asked first.
 */
export async function startControl(onboard: Onboard, functionsPid: () => number | undefined): Promise<HttpServer> {
  const app = new Hono();
  app.get('/functions', (c) => c.json({ pid: functionsPid() }));
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
