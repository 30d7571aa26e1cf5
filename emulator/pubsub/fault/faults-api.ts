import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { errorBody } from '../rest/error-body.ts';
import { readBody } from '../rest/read-body.ts';
import { invalidArgument, notFound, StatusError } from '../protocol/status.ts';
import type { ActiveRule, Faults } from './faults.ts';
import type { FaultRule } from './rule.ts';

const PATH = /^\/faults(?:\/([A-Za-z0-9_.~-]{1,100}))?$/;

/**
 * Lets faults be asked for over HTTP: `PUT /faults/{id}` sets a rule, `GET /faults` lists them, `DELETE /faults/{id}` and
 * `DELETE /faults` take them back. All other paths go on to `next`.
 */
export function createFaultsApi(faults: Faults, next: RequestListener): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path !== '/faults' && !path.startsWith('/faults/')) {
      next(request, response);
      return;
    }
    serve(faults, path, request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const body = errorBody(error);
        send(response, body.error.code, body);
      },
    );
  };
}

async function serve(faults: Faults, path: string, request: IncomingMessage): Promise<object> {
  const { method = '' } = request;
  const match = PATH.exec(path);
  if (!match) throw invalidArgument('id: it must be 1 to 100 letters, digits and "_.~-".');
  const id = match[1];
  if (method === 'GET' && id === undefined) return { faults: faults.list().map(describe) };
  if (method === 'DELETE' && id === undefined) {
    faults.clear();
    return {};
  }
  if (method === 'PUT' && id !== undefined) return describe(faults.set(id, await parseRule(await readBody(request))));
  if (method === 'DELETE' && id !== undefined) {
    if (!faults.remove(id)) throw notFound(id);
    return {};
  }
  throw new StatusError('NOT_FOUND', `There is no ${method} ${path}.`);
}

/** @throws StatusError INVALID_ARGUMENT naming each field that is wrong */
async function parseRule(body: Buffer): Promise<FaultRule> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    throw invalidArgument('The body is not JSON.');
  }
  // Loaded when it is needed: most servers have no faults.
  const { FaultRule: schema } = await import('./rule.ts');
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw invalidArgument(faults.join('; '));
}

const describe = ({ id, rule, applied }: ActiveRule): object => ({ id, ...rule, applied });

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(`${JSON.stringify(body)}\n`);
}
