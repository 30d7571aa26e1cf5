import type { ASTNode } from '@marcbachmann/cel-js';
import { nodesOf, selectionPath } from './syntax-tree.ts';

/** Fields of an event that are text or a time. */
const SCALAR_EVENT_FIELDS: ReadonlySet<string | undefined> = new Set(
  'id type version timestamp received_at tenant_id subject correlation_id'.split(' '),
);

const SCALAR_RESULTS: ReadonlySet<string> = new Set(
  'has size bool int uint double string timestamp duration startsWith endsWith'.split(' '),
);

const TRUTHS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||', '!_']);

/** Looking up one of their keys costs the same whatever they hold. */
const KEYED: ReadonlySet<string> = new Set(['event', 'counts', 'profile.properties', 'event.data', 'event.metadata']);

/** Whether an expression may join, compare or search lists or maps, whose cost their size bounds and not the expression's. */
export function comparesAggregates(root: ASTNode): boolean {
  for (const node of nodesOf(root)) {
    if (node.op === '+' || node.op === '==' || node.op === '!=') {
      if (!node.args.some(isScalar)) return true;
    } else if (node.op === 'in' && !isCheapToSearch(node.args[1])) {
      return true;
    }
  }
  return false;
}

/** Certainly neither list nor map. An operator that is given one scalar fails at once where the other is no scalar. */
function isScalar(node: ASTNode): boolean {
  if (node.op === 'value' || TRUTHS.has(node.op)) return true;
  if (node.op === 'call' || node.op === 'rcall') return SCALAR_RESULTS.has(node.args[0]);
  if (node.op === '+' || node.op === '-') return node.args.some(isScalar);
  const [variable, field, ...further] = selectionPath(node) ?? [];
  if (variable === 'now') return true;
  if (variable === 'event') return SCALAR_EVENT_FIELDS.has(field);
  if (variable === 'profile') return field !== undefined && field !== 'properties';
  return variable === 'counts' && further.length > 0;
}

function isCheapToSearch(node: ASTNode): boolean {
  if (node.op === 'list') return node.args.every(isScalar);
  const path = selectionPath(node);
  // What `event.data` and `event.metadata` hold is up to the producer; they themselves are always maps.
  return path !== undefined && KEYED.has(path.join('.'));
}
