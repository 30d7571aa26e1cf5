import type { ASTNode } from '@marcbachmann/cel-js';
import { nodesOf, selectionPath } from './syntax-tree.ts';

/** For a map that answers any key: how to ask, of one of its elements, whether it is really there. */
const ALWAYS_ANSWERING: ReadonlyMap<string, (element: string) => string> = new Map([
  ['profile.properties', (element) => `(${element} != null)`],
  ['counts', (element) => `(${element}.total > 0)`],
]);

/**
 * `profile.properties` and `counts` answer any key, so `has(profile.properties.plan)` and `'plan' in profile.properties`
 * would always be true. They are rewritten to what their author means: `(profile.properties.plan != null)`.
 *
 * @returns the expression as it was given where it has no such test.
 */
export function rewritePresenceTests(expression: string, root: ASTNode): string {
  for (const node of nodesOf(root)) if (presenceTest(node, expression) !== undefined) return sourceOf(root, expression);
  return expression;
}

function presenceTest(node: ASTNode, expression: string): string | undefined {
  if (node.op === 'call' && node.args[0] === 'has') {
    const operand = node.args[1][0];
    if (operand?.op !== '.') return undefined;
    return testOf(operand.args[0])?.(sourceOf(operand, expression));
  }
  if (node.op === 'in') {
    const [key, container] = node.args;
    return testOf(container)?.(`${sourceOf(container, expression)}[${sourceOf(key, expression)}]`);
  }
  return undefined;
}

function testOf(container: ASTNode): ((element: string) => string) | undefined {
  return ALWAYS_ANSWERING.get(selectionPath(container)?.join('.') ?? '');
}

/** Every operation in parentheses of its own: the library's `serialize` drops some that matter, `a - (b + c)` among them. */
function sourceOf(node: ASTNode, expression: string): string {
  const source = (child: ASTNode): string => sourceOf(child, expression);
  const list = (children: readonly ASTNode[]): string => children.map(source).join(', ');
  const rewritten = presenceTest(node, expression);
  if (rewritten !== undefined) return rewritten;
  const { op, args } = node;
  if (op === 'value') return expression.slice(node.start, node.end);
  if (op === 'id') return args;
  if (op === '.' || op === '.?') return `${source(args[0])}${op}${args[1]}`;
  if (op === '[]') return `${source(args[0])}[${source(args[1])}]`;
  if (op === '[?]') return `${source(args[0])}[?${source(args[1])}]`;
  if (op === 'call') return `${args[0]}(${list(args[1])})`;
  if (op === 'rcall') return `${source(args[1])}.${args[0]}(${list(args[2])})`;
  if (op === 'list') return `[${list(args)}]`;
  if (op === 'map') return `{${args.map(([key, value]) => `${source(key)}: ${source(value)}`).join(', ')}}`;
  if (op === '?:') return `(${source(args[0])} ? ${source(args[1])} : ${source(args[2])})`;
  if (op === '!_' || op === '-_') return `(${op.charAt(0)}${source(args)})`;
  return `(${source(args[0])} ${op} ${source(args[1])})`;
}
