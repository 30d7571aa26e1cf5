import { invalidQuery } from '../errors.ts';
import { Part, type Node } from './ast.ts';
import type { ResolvedTable, Scope, Translation } from './context.ts';
import { condition, expression } from './expressions.ts';
import { literalIndex } from './lexer.ts';
import { orderBy, query } from './select.ts';
import { NO_PARAMETERS, parameterSql, type QueryParameters } from './parameters.ts';

const NOTHING: Scope = { ctes: new Set(), aliases: new Map(), relations: new Set() };

/** One statement's way from BigQuery's SQL to DuckDB's. */
export class Translator implements Translation {
  #scope = NOTHING;
  #nextPositional = 0;
  readonly #literals: readonly (string | Buffer)[];
  readonly #parameters: QueryParameters;
  readonly #table: (path: readonly string[]) => ResolvedTable;

  constructor(
    literals: readonly (string | Buffer)[],
    table: (path: readonly string[]) => ResolvedTable,
    parameters: QueryParameters = NO_PARAMETERS,
  ) {
    this.#literals = literals;
    this.#table = table;
    this.#parameters = parameters;
  }

  get scope(): Scope {
    return this.#scope;
  }

  expression(node: Node): string {
    return expression(node, this);
  }

  condition(node: Node): string {
    return condition(node, this);
  }

  query(node: Node): string {
    return query(node, this);
  }

  order(nodes: readonly Node[]): string {
    return orderBy(nodes, this);
  }

  table(path: readonly string[]): ResolvedTable {
    return this.#table(path);
  }

  withoutAliases<T>(work: () => T): T {
    return this.within({ aliases: new Map() }, work);
  }

  within<T>(changes: Partial<Scope>, work: () => T): T {
    const before = this.#scope;
    this.#scope = { ...before, ...changes };
    try {
      return work();
    } finally {
      this.#scope = before;
    }
  }

  parameter(name: string | undefined): string {
    if (name === undefined) {
      const parameter = this.#parameters.positional[this.#nextPositional++];
      if (parameter === undefined)
        throw invalidQuery('Query parameter number not found: too few positional parameters');
      return parameterSql(parameter);
    }
    const parameter = this.#parameters.named.get(name.toLowerCase());
    if (parameter === undefined) throw invalidQuery(`Query parameter '${name}' not found`);
    return parameterSql(parameter);
  }

  stringLiteral(node: Node): string | undefined {
    const value = this.#literal(node, 'string');
    if (typeof value === 'string') return value;
    const name = Part.of(node).kind === 'column' ? Part.of(node).name('name') : undefined;
    const parameter =
      name?.startsWith('@') === true ? this.#parameters.named.get(name.slice(1).toLowerCase()) : undefined;
    const given = parameter?.value.value;
    return parameter?.type.type === 'STRING' && typeof given === 'string' ? given : undefined;
  }

  bytesLiteral(node: Node): Buffer | undefined {
    const value = this.#literal(node, 'string');
    return typeof value === 'string' ? undefined : value;
  }

  integerLiteral(node: Node): number | undefined {
    const part = Part.of(node);
    const text = part.kind === 'literal' && part.text('literal_type') === 'number' ? part.text('value') : undefined;
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  #literal(node: Node, type: string): string | Buffer | undefined {
    const part = Part.of(node);
    if (part.kind !== 'literal' || part.text('literal_type') !== type) return undefined;
    const text = part.text('value') ?? '';
    const index = literalIndex(text);
    // The one string that the parser itself makes up: the path that stands for all of a JSON value.
    return index === undefined ? (text === '$' ? text : undefined) : this.#literals[index];
  }
}
