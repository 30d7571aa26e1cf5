import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import type { Context } from '../context/context.ts';
import { documentation } from '../documentation.ts';
import { contains, equal, isTrue, present } from '../expectations.ts';
import { area } from '../row.ts';

const EMAIL = 'pusher@conformance.iam.gserviceaccount.com';
const AUDIENCE = 'https://audience.example.com';
const HOUR_SECONDS = 3600;

/** The token of a push of a new subscription. */
async function pushedToken(context: Context, audience?: string): Promise<{ token: string; url: string }> {
  const endpoint = await context.endpoint();
  const oidcToken = { serviceAccountEmail: EMAIL, ...(audience !== undefined && { audience }) };
  const { topic } = await context.topicAndSubscription({ pushConfig: { pushEndpoint: endpoint.url, oidcToken } });
  await context.publish(topic, 'one');
  const [request] = await endpoint.receives(1);
  const authorization = present(request?.headers.authorization, 'an authorization header');
  isTrue(authorization.startsWith('Bearer '), 'the authorization is not a bearer token');
  return { token: authorization.slice('Bearer '.length), url: endpoint.url };
}

export const pushAuthentication = area('push tokens', documentation.pushAuthentication, [
  {
    title: 'a token names the service account as its verified email',
    async run(context) {
      const { token } = await pushedToken(context, AUDIENCE);
      contains(decodeJwt(token), { email: EMAIL, email_verified: true }, 'the claims');
    },
  },
  {
    title: 'a token is issued by Google, for the audience asked for',
    async run(context) {
      const { token } = await pushedToken(context, AUDIENCE);
      contains(decodeJwt(token), { iss: 'https://accounts.google.com', aud: AUDIENCE }, 'the claims');
    },
  },
  {
    title: "a token's audience is the endpoint where none is asked for",
    async run(context) {
      const { token, url } = await pushedToken(context);
      equal(decodeJwt(token).aud, url, 'audience');
    },
  },
  {
    title: 'a token lives an hour at most, and has not expired',
    async run(context) {
      const { iat = 0, exp = 0 } = decodeJwt((await pushedToken(context)).token);
      const now = Date.now() / 1000;
      isTrue(
        iat <= now + 5 && exp > now && exp - iat <= HOUR_SECONDS,
        `from ${iat - now} s to ${exp - now} s from now`,
      );
    },
  },
  {
    title: 'a token has a subject, the same for the same service account',
    async run(context) {
      const [first, second] = [await pushedToken(context), await pushedToken(context)].map(({ token }) =>
        decodeJwt(token),
      );
      isTrue((first?.sub ?? '') !== '', 'no subject');
      equal(second?.sub, first?.sub, 'subject');
    },
  },
  {
    title: 'a token is signed with RS256 by a key that it names',
    async run(context) {
      const header = decodeProtectedHeader((await pushedToken(context)).token);
      equal(header.alg, 'RS256', 'algorithm');
      isTrue((header.kid ?? '') !== '', 'no key id');
    },
  },
  {
    title: "a token can be verified with the keys under the path of Google's own",
    async run(context) {
      const { token } = await pushedToken(context, AUDIENCE);
      const keys = createRemoteJWKSet(new URL(`http://${context.host}/oauth2/v3/certs`));
      const { payload } = await jwtVerify(token, keys, { audience: AUDIENCE, issuer: 'https://accounts.google.com' });
      equal(payload['email'], EMAIL, 'email');
    },
  },
  {
    title: 'without an oidcToken there is no authorization',
    async run(context) {
      const endpoint = await context.endpoint();
      const { topic } = await context.topicAndSubscription({ pushConfig: { pushEndpoint: endpoint.url } });
      await context.publish(topic, 'one');
      const [request] = await endpoint.receives(1);
      equal(request?.headers.authorization, undefined, 'authorization');
    },
  },
  {
    title: 'an unwrapped push has a token as well',
    documentation: documentation.unwrapping,
    async run(context) {
      const endpoint = await context.endpoint();
      const pushConfig = {
        pushEndpoint: endpoint.url,
        oidcToken: { serviceAccountEmail: EMAIL },
        noWrapper: { writeMetadata: false },
      };
      const { topic } = await context.topicAndSubscription({ pushConfig });
      await context.publish(topic, 'one');
      const [request] = await endpoint.receives(1);
      isTrue(request?.headers.authorization?.startsWith('Bearer ') ?? false, 'no bearer token');
    },
  },
]);
