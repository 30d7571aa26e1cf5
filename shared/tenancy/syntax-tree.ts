import type { ASTNode } from '@marcbachmann/cel-js';

/** Every node of a parsed CEL expression, parents before children. */
export function* nodesOf(root: ASTNode): Generator<ASTNode> {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (Array.isArray(item)) {
      waiting.push(...item.toReversed());
    } else if (isNode(item)) {
      yield item;
      waiting.push(item.args);
    }
  }
}

/** Names of all functions, methods and macros that an expression calls. */
export function calledFunctions(root: ASTNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodesOf(root)) if (node.op === 'call' || node.op === 'rcall') names.add(node.args[0]);
  return names;
}

/** The dotted path that a chain of selections from a variable spells, `a.b['c']` as `['a', 'b', 'c']`, else undefined. */
export function selectionPath(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const base = selectionPath(node.args[0]);
  const key = node.op === '.' ? node.args[1] : node.args[1].op === 'value' ? node.args[1].args : undefined;
  return base !== undefined && typeof key === 'string' ? [...base, key] : undefined;
}

function isNode(item: unknown): item is ASTNode {
  return typeof item === 'object' && item !== null && 'op' in item && 'args' in item;
}
