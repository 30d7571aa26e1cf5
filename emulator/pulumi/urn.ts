const STACK_TYPE = 'pulumi:pulumi:Stack';

/**
 * A resource's URN: unique within its stack, and the same in every run of the same program.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
 */
export function urnOf(stack: string, project: string, parent: string, type: string, name: string): string {
  const parentTypes = parent.split('::')[2] ?? '';
  const qualifiedType = parentTypes === '' || parentTypes === STACK_TYPE ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualifiedType}::${name}`;
}

export function isStack(type: string): boolean {
  return type === STACK_TYPE;
}
