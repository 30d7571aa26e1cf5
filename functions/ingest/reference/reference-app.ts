import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { allowOnly, answerWithProblems } from '#shared/errors/refusing-app.ts';

const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const require = createRequire(import.meta.url);
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));
const library = (name: string): string => join(swaggerUi, name);

const SCRIPT = 'text/javascript; charset=utf-8';

/** All that the page is made of: nothing comes from anywhere else. */
const FILES = [
  { path: '/docs', file: own('page.html'), contentType: 'text/html; charset=utf-8' },
  { path: '/docs/init.js', file: own('init.js'), contentType: SCRIPT },
  { path: '/docs/swagger-ui-bundle.js', file: library('swagger-ui-bundle.js'), contentType: SCRIPT },
  { path: '/docs/swagger-ui.css', file: library('swagger-ui.css'), contentType: 'text/css; charset=utf-8' },
  { path: '/docs/favicon-32x32.png', file: library('favicon-32x32.png'), contentType: 'image/png' },
] as const;

/** Swagger UI's style sheet has its icons in `data:` URLs; requests that a reader tries out go to this host only. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'cache-control': 'public, max-age=3600',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
};

/**
 * `GET /docs`: a page that renders `/openapi.json`, for people. Files are read when they are first asked for, and kept
 * compressed; nothing in the page is inline, and nothing of it comes from another host.
 */
export function createReferenceApp(): Hono {
  const app = new Hono();
  answerWithProblems(app);
  for (const { path, file, contentType } of FILES) {
    let compressed: Promise<Uint8Array<ArrayBuffer>> | undefined;
    app.get(path, async (c) => {
      const headers = { ...HEADERS, 'content-type': contentType };
      const encoding = accepts(c, { header: 'Accept-Encoding', supports: ['gzip'], default: 'identity' });
      if (encoding !== 'gzip') return c.body(new Uint8Array(await readFile(file)), 200, headers);
      compressed ??= compress(file);
      return c.body(await compressed, 200, { ...headers, 'content-encoding': 'gzip' });
    });
    app.all(path, allowOnly('GET, HEAD'));
  }
  return app;
}

async function compress(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await promisify(gzip)(await readFile(file)));
}
