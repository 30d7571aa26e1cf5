import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose';

/** Who signs JWTs for one tenant, with all that an attacker may have learnt of it and the private keys that none has. */
export interface TestIssuer {
  /** The `iss` claim. */
  readonly issuer: string;
  readonly jwksUri: string;
  /** By algorithm; each has its `kid`. */
  readonly keys: Readonly<Record<'RS256' | 'ES256' | 'EdDSA', { readonly privateJwk: JWK; readonly publicJwk: JWK }>>;
  /** The RSA key that everybody can read, as PEM. */
  readonly publicPem: string;
}

export interface JwksServer {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /** Makes an issuer whose keys are served here. */
  addIssuer(name: string): Promise<TestIssuer>;
  close(): void;
}

/** Serves JWK Sets as tenants' identity providers do, and what `observe` returns at `/observations`. */
export async function startJwksServer(observe: () => object): Promise<JwksServer> {
  const sets = new Map<string, string>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/observations') {
      response.end(JSON.stringify({ jwks: requests, ...observe() }));
      return;
    }
    requests.push(path);
    const set = sets.get(path);
    response.writeHead(set === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(set ?? '{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function addIssuer(name: string): Promise<TestIssuer> {
    const keys = {
      RS256: await newKey('RS256', `${name}-rsa`),
      ES256: await newKey('ES256', `${name}-ec`),
      EdDSA: await newKey('EdDSA', `${name}-ed`),
    };
    const path = `/${name}/jwks.json`;
    sets.set(path, JSON.stringify({ keys: Object.values(keys).map(({ publicJwk }) => publicJwk) }));
    return { issuer: `https://${name}.idp.test/`, jwksUri: `${url}${path}`, keys, publicPem: keys.RS256.publicPem };
  }

  return { url, requests, addIssuer, close: () => server.close() };
}

async function newKey(alg: string, kid: string): Promise<{ privateJwk: JWK; publicJwk: JWK; publicPem: string }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    privateJwk: { ...(await exportJWK(privateKey)), kid, alg },
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    publicPem: await exportSPKI(publicKey),
  };
}
