import type { UnaryRpc } from '../server/unary-rpc.ts';
import { httpRulesOf } from './http-rule.ts';
import { compilePathTemplate, type PathTemplate, type PathVariables, splitVerb } from './path-template.ts';

export interface Route {
  readonly rpc: UnaryRpc;
  /** See `HttpRule`. */
  readonly body: string | undefined;
}

export interface RouteMatch extends Route {
  readonly variables: PathVariables;
}

/** Finds the RPC that a method and a percent-encoded path call. @throws StatusError INVALID_ARGUMENT */
export type Router = (method: string, path: string) => RouteMatch | undefined;

export function createRouter(rpcs: readonly UnaryRpc[]): Router {
  const routes = new Map<string, (Route & { readonly template: PathTemplate })[]>();
  for (const rpc of rpcs) {
    for (const { method, template: source, body } of httpRulesOf(rpc.method)) {
      const template = compilePathTemplate(source);
      const key = keyOf(method, template.verb);
      routes.set(key, [...(routes.get(key) ?? []), { rpc, body, template }]);
    }
  }

  return (method, requested) => {
    const { path, verb } = splitVerb(requested);
    for (const { rpc, body, template } of routes.get(keyOf(method, verb)) ?? []) {
      const variables = template.match(path);
      if (variables) return { rpc, body, variables };
    }
    return undefined;
  };
}

const keyOf = (method: string, verb: string): string => `${method} ${verb}`;
