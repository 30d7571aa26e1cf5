import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createReferenceApp } from './reference-app.ts';

const app = createReferenceApp();

test('the page names only files that are there, on this host', async () => {
  const response = await app.request('/docs');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const html = await response.text();
  const named = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!);
  expect(named.length).toBeGreaterThan(3);
  for (const url of named) {
    expect(url).toMatch(/^\/docs\//);
    const file = await app.request(url);
    expect([url, file.status]).toEqual([url, 200]);
    expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
});

test('nothing in the page is inline, and no other host may be asked', async () => {
  const response = await app.request('/docs');
  const html = await response.text();
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/);
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('whoever takes gzip gets gzip, of the same', async () => {
  const plain = await app.request('/docs/swagger-ui.css');
  const compressed = await app.request('/docs/swagger-ui.css', { headers: { 'accept-encoding': 'gzip, br' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(compressed.headers.get('content-encoding')).toBe('gzip');
  expect(gunzipSync(await compressed.arrayBuffer())).toEqual(Buffer.from(await plain.arrayBuffer()));
});

test.each([
  ['GET', '/docs/package.json', 404],
  ['GET', '/docs/%2e%2e/page.html', 404],
  ['POST', '/docs', 405],
])('%s %s: %i', async (method, path, status) => {
  expect((await app.request(path, { method })).status).toBe(status);
});
