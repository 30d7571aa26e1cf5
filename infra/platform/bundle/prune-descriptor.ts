import { z } from 'zod';

/** A namespace, message, enum or service of protobufjs's JSON, as far as it names others. */
const Described = z.looseObject({
  get nested() {
    return z.record(z.string(), Described).optional();
  },
  fields: z.record(z.string(), z.looseObject({ type: z.string(), keyType: z.string().optional() })).optional(),
  methods: z.record(z.string(), z.looseObject({ requestType: z.string(), responseType: z.string() })).optional(),
  values: z.record(z.string(), z.number()).optional(),
});
type Described = z.infer<typeof Described>;

type Path = readonly string[];

/**
 * What of a protobufjs JSON descriptor it takes to call `service`: the service, and the messages and enums that can be
 * reached from it.
 *
 * @throws where there is no such service, or it names what is not there.
 * @see https://protobufjs.github.io/protobuf.js/Root.html#.fromJSON
 */
export function pruneDescriptor(json: unknown, service: string): unknown {
  const root = Described.parse(json);
  const kept = new Set<string>();

  const find = (path: Path): Described | undefined =>
    path.reduce<Described | undefined>((parent, name) => parent?.nested?.[name], root);

  /** Names are looked for from the innermost scope outwards. */
  function resolve(name: string, scope: Path): Path | undefined {
    const own = name.split('.');
    for (let depth = scope.length; depth >= 0; depth--) {
      const path = [...scope.slice(0, depth), ...own];
      if (find(path) !== undefined) return path;
    }
    return undefined;
  }

  function keep(path: Path): void {
    const key = path.join('.');
    if (kept.has(key)) return;
    const described = find(path);
    if (described === undefined) throw new Error(`${key} is not described`);
    kept.add(key);
    for (const { requestType, responseType } of Object.values(described.methods ?? {})) {
      for (const type of [requestType, responseType]) keep(resolve(type, path) ?? [type]);
    }
    for (const { type } of Object.values(described.fields ?? {})) {
      // What is not found is a scalar.
      const message = resolve(type, path);
      if (message !== undefined) keep(message);
    }
    for (const name of Object.keys(described.nested ?? {})) keep([...path, name]);
  }

  function copy(described: Described, path: Path): Described | undefined {
    if (kept.has(path.join('.'))) return described;
    const nested = Object.entries(described.nested ?? {}).flatMap(([name, child]) => {
      const copied = copy(child, [...path, name]);
      return copied === undefined ? [] : [[name, copied] as const];
    });
    if (nested.length === 0) return undefined;
    return { ...described, nested: Object.fromEntries(nested) };
  }

  keep(service.split('.'));
  return copy(root, []);
}
