import { isObject, type Steps } from './check.ts';

/** Text that is the same for two JSON values if they are equal, whatever the order of their fields. */
export function canonical(value: unknown, steps: Steps): string {
  steps.spend(1);
  if (typeof value === 'string') steps.spend(value.length / 64);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, steps)).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(value[field], steps)}`).join()}}`;
}
