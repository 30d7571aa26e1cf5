import { Hono } from 'hono';
import type { OidcSigner } from '#emulator/oidc/signer.ts';
import { invalidArgument, StatusError } from '#emulator/pubsub/protocol/status.ts';
import { parseResourceName } from '#emulator/pubsub/resource-name.ts';
import type { Relay } from './relay.ts';
import { parseSubscription } from './subscription.ts';

/**
 * `PUT /subscriptions/{id}` with a `google.pubsub.v1.Subscription` in proto3 JSON begins to play it, or plays it as it is
 * now; `DELETE` ends that. `GET /oauth2/v3/certs` has the keys of the tokens that pushes carry, where Google has them.
 */
export function createApp(relay: Pick<Relay, 'set' | 'remove'>, signer: OidcSigner): Hono {
  const app = new Hono();
  app.put('/subscriptions/:id', async (c) => {
    const json: unknown = await c.req.json().catch(() => {
      throw invalidArgument('The body is not JSON.');
    });
    const subscription = parseSubscription(json);
    if (parseResourceName('subscriptions', subscription.name).id !== c.req.param('id')) {
      throw invalidArgument(`name: "${subscription.name}" is not the subscription "${c.req.param('id')}".`);
    }
    await relay.set(subscription);
    return c.json({});
  });
  app.delete('/subscriptions/:id', async (c) => {
    await relay.remove(c.req.param('id'));
    return c.json({});
  });
  app.get('/oauth2/v3/certs', async (c) => c.json(await signer.jwks()));
  app.onError((error, c) => {
    if (error instanceof StatusError) {
      return c.json({ error: { code: 400, message: error.message, status: error.code } }, 400);
    }
    return c.json({ error: { code: 500, message: error.message, status: 'INTERNAL' } }, 500);
  });
  return app;
}
