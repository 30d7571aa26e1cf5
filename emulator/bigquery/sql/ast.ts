import { unsupported } from '../errors.ts';

/** A node of the parser's tree: one key that says what it is, and what it is made of under it. */
export type Node = Readonly<Record<string, unknown>>;

/** What stands in every node and means nothing. */
const NOISE = new Set([
  'span',
  'trailing_comments',
  'leading_comments',
  'left_comments',
  'operator_comments',
  'pre_alias_comments',
  'inferred_type',
  'join_mark',
  'original_name',
  'alias_explicit_as',
  'alias_keyword',
  'alias_first',
  'use_bracket_syntax',
  'no_parens',
  'bracket_notation',
  'has_parens',
  'use_inner_keyword',
  'use_outer_keyword',
]);

/** A node taken apart: its kind, and typed access to its parts. */
export class Part {
  readonly kind: string;
  readonly #raw: Node;

  constructor(kind: string, raw: unknown) {
    this.kind = kind;
    this.#raw = typeof raw === 'object' && raw !== null ? (raw as Node) : {};
  }

  static of(node: Node): Part {
    const [kind = 'nothing'] = Object.keys(node);
    return new Part(kind, node[kind]);
  }

  /**
   * @throws BigQueryError invalidQuery where the node carries anything but `known`: what is not understood is refused, and
   *   never left out
   */
  only(...known: string[]): this {
    for (const [key, value] of Object.entries(this.#raw)) {
      if (known.includes(key) || NOISE.has(key) || isEmpty(value)) continue;
      throw unsupported(`${label(key)} in ${label(this.kind)}`);
    }
    return this;
  }

  /** All of what it is made of. */
  get all(): Node {
    return this.#raw;
  }

  raw(key: string): unknown {
    return this.#raw[key];
  }

  has(key: string): boolean {
    return !isEmpty(this.#raw[key]);
  }

  /** @throws BigQueryError where there is none */
  node(key: string): Node {
    const found = this.find(key);
    if (found === undefined) throw unsupported(`${label(this.kind)} without ${label(key)}`);
    return found;
  }

  find(key: string): Node | undefined {
    const value = this.#raw[key];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
  }

  nodes(key: string): Node[] {
    const value = this.#raw[key];
    return Array.isArray(value) ? (value as Node[]) : [];
  }

  part(key: string): Part | undefined {
    const value = this.find(key);
    return value === undefined ? undefined : new Part(key, value);
  }

  text(key: string): string | undefined {
    const value = this.#raw[key];
    return typeof value === 'string' ? value : undefined;
  }

  flag(key: string): boolean {
    return this.#raw[key] === true;
  }

  /** The text of an identifier. */
  name(key: string): string | undefined {
    return this.part(key)?.text('name');
  }

  /** Whether an identifier stood in backticks. */
  quoted(key: string): boolean {
    return this.part(key)?.flag('quoted') ?? false;
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}

/** A key of the tree as a person would write it. */
export function label(key: string): string {
  return key.replaceAll('_', ' ').toUpperCase();
}
