import { invalidArgument } from './protocol/status.ts';

type Fields = Readonly<Record<string, unknown>>;

const camelCase = (path: string): string => path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * `current` with the fields of the mask taken from `update`; a field that `update` lacks is cleared. Paths may be in
 * snake_case (as in protocol buffers) or camelCase (as in JSON), and may lead into a field: `push_config.push_endpoint`.
 * @param updatable top-level fields that may be changed, in camelCase
 * @throws StatusError INVALID_ARGUMENT for an empty mask, an unknown field, or one that cannot be changed
 */
export function applyUpdateMask<T extends object>(
  current: T,
  update: T,
  paths: readonly string[] | undefined,
  updatable: ReadonlySet<string>,
): T {
  if (!paths || paths.length === 0) throw invalidArgument('The update_mask in the request must be set and non-empty.');
  let updated = { ...(current as Fields) };
  for (const path of paths) {
    const segments = camelCase(path).split('.');
    if (!updatable.has(segments[0] ?? '')) {
      throw invalidArgument(`Invalid update_mask provided in the request: the field "${path}" cannot be updated.`);
    }
    updated = withPath(updated, update as Fields, segments);
  }
  return updated as T;
}

function withPath(current: Fields, update: Fields, [field = '', ...rest]: readonly string[]): Fields {
  const { [field]: before, ...others } = current;
  const value = update[field];
  if (rest.length > 0) return { ...others, [field]: withPath(asFields(before), asFields(value), rest) };
  return value === undefined ? others : { ...others, [field]: value };
}

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
