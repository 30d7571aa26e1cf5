import type { Node, Part } from './ast.ts';

/** What a table's name in a FROM clause stands for. */
export interface ResolvedTable {
  /** DuckDB SQL that can stand in a FROM clause, without an alias. */
  sql: string;
  /** What it is called where the query gives it no other name. */
  name: string;
}

/** What the parts of a translation share. */
export interface Translation {
  /** DuckDB SQL of an expression. */
  expression(node: Node): string;
  /** DuckDB SQL of a condition, which must be a BOOL. */
  condition(node: Node): string;
  /** DuckDB SQL of a query, without parentheses around it. */
  query(node: Node): string;
  /** DuckDB SQL of what stands after ORDER BY. */
  order(nodes: readonly Node[]): string;
  /** What a string literal holds; undefined where the node is none. Parameters count as literals. */
  stringLiteral(node: Node): string | undefined;
  bytesLiteral(node: Node): Buffer | undefined;
  /** The value of an integer literal; undefined where the node is none. */
  integerLiteral(node: Node): number | undefined;
  /** A DuckDB literal for `@name`, or for the next `?`. */
  parameter(name: string | undefined): string;
  /** The table of that name, or the SQL of what takes its place. */
  table(path: readonly string[]): ResolvedTable;
  /** Runs `work` where the SELECT list's aliases mean nothing. */
  withoutAliases<T>(work: () => T): T;
  /** Runs `work` in a changed scope. */
  within<T>(changes: Partial<Scope>, work: () => T): T;
  readonly scope: Scope;
}

/** Writes the DuckDB SQL of one kind of node. */
export type EmitNode = (part: Part, translation: Translation) => string;

/** Which names mean what at one place of a statement. Changed on the way in, restored on the way out. */
export interface Scope {
  /** Names of common table expressions in sight, in lower case. */
  ctes: ReadonlySet<string>;
  /** SQL of the SELECT list's aliases, in lower case, where a clause may name them. */
  aliases: ReadonlyMap<string, string>;
  /** Names that the FROM clause has introduced so far, in lower case. */
  relations: ReadonlySet<string>;
}
