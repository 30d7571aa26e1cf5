import { Part, type Node } from './ast.ts';

/** A column or a field is called what it is called; anything else has no name. */
export function impliedName(node: Node): string | undefined {
  const part = Part.of(node);
  if (part.kind === 'dot') return part.name('field');
  if (part.kind === 'annotated' || part.kind === 'paren') return impliedName(part.node('this'));
  const name = part.kind === 'column' ? part.name('name') : undefined;
  return name?.startsWith('@') === true && !part.quoted('name') ? undefined : name;
}
