import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Deployment } from './deployment.ts';
import { type MonitorServer, serveMonitor } from './monitor-server.ts';
import type { Properties } from './properties.ts';
import { cloudRunServiceResource } from './resources/cloud-run-service.ts';
import { identityResources } from './resources/identities.ts';
import { randomBytesResource } from './resources/random-bytes.ts';
import { EMPTY_STACK } from './stack-state.ts';

/*
 * The programs under the very script with which Pulumi's CLI runs them: what runs in process here must run there.
 */
const RUNNER = fileURLToPath(import.meta.resolve('@pulumi/pulumi/cmd/run/index.js'));
const URLS = { apiUrl: 'https://api.example', decideUrl: 'https://decide.example' };
const handlers = new Map(
  [...identityResources(), randomBytesResource(), cloudRunServiceResource(URLS)].map((handler) => [
    handler.type,
    handler,
  ]),
);

async function runWithPulumi(deployment: Deployment, project: string, stack: string, config: Record<string, string>) {
  const monitor: MonitorServer = await serveMonitor(deployment);
  try {
    const directory = fileURLToPath(new URL(`../../infra/${project.replace('headgate-', '')}`, import.meta.url));
    const child = spawn(
      process.execPath,
      [
        RUNNER,
        ...Object.entries({
          monitor: monitor.address,
          project,
          stack,
          organization: 'organization',
          parallel: '16',
          pwd: directory,
        }).flatMap(([flag, value]) => [`--${flag}`, value]),
        '.',
      ],
      {
        cwd: directory,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PULUMI_NODEJS_TYPESCRIPT: 'false', PULUMI_CONFIG: JSON.stringify(config) },
      },
    );
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    return { exitCode, printed: printed.join('') };
  } finally {
    monitor.close();
  }
}

function deploymentOf(project: string, stack: string, platform: Properties = {}): Deployment {
  return new Deployment({
    project,
    stack,
    previous: EMPTY_STACK,
    handlers,
    readStack: () => ({ ...EMPTY_STACK, outputs: platform }),
    onProgress: () => undefined,
    deadlineMs: 5_000,
  });
}

test("Pulumi's own runner runs the platform program and the tenant program as they are", async () => {
  const platform = deploymentOf('headgate-platform', 'platform');
  expect(
    await runWithPulumi(platform, 'headgate-platform', 'platform', {
      'gcp:project': 'test-project',
      'headgate-platform:image': 'registry.example/functions@sha256:0',
    }),
  ).toEqual({ exitCode: 0, printed: '' });
  expect(platform.state.outputs.apiUrl).toBe('https://api.example');

  const tenant = deploymentOf('headgate-tenant', 'acme', platform.state.outputs);
  expect(await runWithPulumi(tenant, 'headgate-tenant', 'acme', { 'headgate-tenant:mode': 'open' })).toEqual({
    exitCode: 0,
    printed: '',
  });
  expect(tenant.applied.length).toBeGreaterThan(30);
  expect(tenant.state.outputs).toMatchObject({ endpoint: 'https://api.example', dataset: 'test-project.acme' });
  expect([...tenant.state.secretOutputs].sort()).toEqual(['apiKey', 'apiKeys']);
}, 30_000);

test('a setting that is wrong ends it with the reason, and no stack trace', async () => {
  const tenant = deploymentOf('headgate-tenant', 'acme');
  const { exitCode, printed } = await runWithPulumi(tenant, 'headgate-tenant', 'acme', {
    'headgate-tenant:mode': 'wide',
  });
  expect(exitCode).not.toBe(0);
  expect(printed).toContain('mode');
  expect(printed).not.toContain('    at ');
  expect(tenant.applied).toEqual([]);
}, 30_000);
