import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS_HOSTS } from '#emulator/cloud/functions-host.ts';
import { type FunctionsInstance, startFunctionsInstance } from '#test/stack/functions-instance.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM'] ?? BROWSERS.find((path) => existsSync(path));

if (executablePath === undefined) {
  process.stdout.write(`skipped: no browser at ${BROWSERS.join(', ')}, and CHROMIUM does not name one\n`);
}

/** The page needs nothing that is behind the functions. */
const NOTHING_BEHIND = { project: 'headgate-local', api: 'http://127.0.0.1:1', bigquery: 'http://127.0.0.1:1' };
const stack = { ...NOTHING_BEHIND, pubsub: '127.0.0.1:1', firestore: '127.0.0.1:1', tenants: {} };

describe.skipIf(executablePath === undefined).each(FUNCTIONS_HOSTS)('/docs in a browser, on the host %s', (host) => {
  let instance: FunctionsInstance;
  let browser: Browser;
  beforeAll(async () => {
    [instance, browser] = await Promise.all([
      startFunctionsInstance(stack, host),
      chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), instance?.end()]);
  });

  async function open(): Promise<{ page: Page; complaints: string[]; elsewhere: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const elsewhere: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${instance.url}/`) && !request.url().startsWith('data:')) {
        elsewhere.push(request.url());
      }
    });
    await page.goto(`${instance.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    return { page, complaints, elsewhere };
  }

  test('it shows every operation, complains about nothing, and asks no other host', async () => {
    const { page, complaints, elsewhere } = await open();
    const { paths } = (await (await fetch(`${instance.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const shown = await page.locator('.opblock-summary').evaluateAll((summaries) =>
      summaries.map((summary) => {
        const method = summary.querySelector('.opblock-summary-method')?.textContent;
        return `${method} ${summary.querySelector('.opblock-summary-path')?.getAttribute('data-path')}`;
      }),
    );
    expect(shown.sort()).toEqual(described.sort());

    await page.locator('.opblock-summary', { hasText: 'Post events' }).click();
    await page.locator('.responses-table', { hasText: 'idempotency_key_in_flight' }).waitFor();
    expect(complaints).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});
