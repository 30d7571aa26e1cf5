import { type HttpServer, serveHttp } from '#emulator/process/http-server.ts';

/** Stands between Pub/Sub and `decide`, and fails some of the calls. */
export interface FlakyProxy extends HttpServer {
  calls(): number;
  failed(): number;
}

const DEADLINE_MS = 60_000;

/**
 * Hands each call on to `target`, but answers every tenth with 500: by turns before `decide` saw it, and after `decide`
 * did its work (so that Pub/Sub delivers again what was already decided).
 */
export async function startFlakyProxy(target: string): Promise<FlakyProxy> {
  let calls = 0;
  let failed = 0;
  const server = await serveHttp(async (request) => {
    calls++;
    const fails = calls % 10 === 0;
    if (fails) failed++;
    if (fails && failed % 2 === 0) return new Response(null, { status: 500 });
    const answer = await fetch(`${target}${new URL(request.url).pathname}`, {
      method: request.method,
      headers: request.headers,
      body: await request.arrayBuffer(),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.body?.cancel();
    return new Response(null, { status: fails ? 500 : answer.status });
  });
  return { ...server, calls: () => calls, failed: () => failed };
}
