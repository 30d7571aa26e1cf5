import { Dialect, parse } from '@polyglot-sql/sdk';
import { invalidQuery, unsupported } from '../errors.ts';
import { Part, type Node } from './ast.ts';
import { takeLiterals } from './lexer.ts';

/** A statement of one kind, and the literals that stand in it. */
export interface Parsed {
  node: Node;
  part: Part;
  literals: (string | Buffer)[];
}

const MAX_STATEMENT_CHARACTERS = 1024 * 1024;

/**
 * @throws BigQueryError invalidQuery for what is no SQL, and for more than one statement at once
 */
export function parseStatement(source: string): Parsed {
  if (source.length > MAX_STATEMENT_CHARACTERS)
    throw invalidQuery('The query is too large. The maximum is 1024K characters.');
  const { sql, literals } = takeLiterals(source);
  // BigQuery lets INTO be left out, the parser does not.
  const complete = sql.replace(/^(\s*INSERT\s+)(?!INTO\b)/i, '$1INTO ');
  const result = parse(complete, Dialect.BigQuery);
  if (!result.success)
    throw invalidQuery(`Syntax error: ${(result.error ?? '').replace(/^Parse error( at)?:?\s*/, 'at ')}`);
  const statements = (result.ast ?? []) as unknown as Node[];
  const [node] = statements;
  if (node === undefined) throw invalidQuery('Syntax error: Unexpected end of statement');
  if (statements.length > 1) throw unsupported('a script of several statements');
  return { node, part: Part.of(node), literals };
}
