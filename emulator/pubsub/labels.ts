import type { Labels } from './protocol/resources.ts';
import { invalidArgument } from './protocol/status.ts';

const MAX_LABELS = 64;
/** @see https://cloud.google.com/pubsub/docs/create-topic#labels_requirements */
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** @throws StatusError INVALID_ARGUMENT naming the label */
export function checkLabels(labels: Labels = {}): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS)
    throw invalidArgument(`There are ${entries.length} labels; ${MAX_LABELS} are allowed.`);
  for (const [key, value] of entries) {
    if (!KEY.test(key)) throw invalidArgument(`Invalid label key: "${key}"`);
    if (!VALUE.test(value)) throw invalidArgument(`Invalid value of label "${key}": "${value}"`);
  }
}
