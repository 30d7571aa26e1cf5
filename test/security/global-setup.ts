import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startChildServer } from '#emulator/cloud/child-server.ts';
import { controlUrlOf, onboard } from '#test/stack/onboard.ts';
import { startStack } from '#test/stack/start-stack.ts';
import { createTaps } from '#test/taps/taps.ts';
import { startFirestoreTap } from './firestore-tap.ts';
import { startJwksServer } from './issuers.ts';
import { TENANTS, type World } from './tenants.ts';

declare module 'vitest' {
  interface ProvidedContext {
    world: World;
  }
}

const FIRESTORE = new URL('../../emulator/firestore/main.ts', import.meta.url);

/** Starts one stack for the whole suite, with its Firestore tapped and an issuer of JWTs for each tenant. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const closers: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  const failures: string[] = [];
  try {
    const firestore = await startChildServer(FIRESTORE, ['--port', '0'], { ...process.env }, (why) => {
      failures.push(why);
    });
    closers.push(() => firestore.close());
    const tap = await startFirestoreTap(firestore.address);
    closers.push(() => tap.close());
    const jwks = await startJwksServer(() => ({ firestore: tap.documents }));
    closers.push(() => jwks.close());
    // What an attacker may get into the log is looked for in all of it.
    const stack = await startStack({ FIRESTORE_EMULATOR_HOST: tap.address, LOG_ONE_APPLIED_PUSH_IN: '1' });
    closers.push(() => stack.stop());
    const issuers = { acme: await jwks.addIssuer('acme'), globex: await jwks.addIssuer('globex') };
    const controlUrl = await controlUrlOf(stack.directory);
    const apiKeys: Record<string, string> = {};
    for (const [tenant, settings] of Object.entries(TENANTS)) {
      const issuer = issuers[tenant as keyof typeof issuers];
      const accepted = issuer === undefined ? [] : [{ issuer: issuer.issuer, jwksUri: issuer.jwksUri }];
      apiKeys[tenant] = await onboard(controlUrl, tenant, { ...settings, issuers: accepted });
    }
    await createTaps(stack, Object.keys(TENANTS));
    const { project, api, pubsub, bigquery, tenants } = stack;
    provide('world', {
      stack: { project, api, pubsub, firestore: stack.firestore, bigquery, tenants },
      controlUrl,
      observationsUrl: `${jwks.url}/observations`,
      logPath: join(stack.directory, 'functions.log'),
      apiKeys,
      issuers,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return async () => {
    await stop();
    if (failures.length > 0) throw new Error(failures.join('; '));
  };
}
