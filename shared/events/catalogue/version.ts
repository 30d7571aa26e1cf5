/** Of `major.minor`, as `EventVersion` has it. */
export function majorOf(version: string): number {
  return Number(version.slice(0, version.indexOf('.')));
}

/** Older before newer, as numbers: 1.9 comes before 1.10. */
export function byVersion(a: string, b: string): number {
  return majorOf(a) - majorOf(b) || minorOf(a) - minorOf(b);
}

function minorOf(version: string): number {
  return Number(version.slice(version.indexOf('.') + 1));
}
