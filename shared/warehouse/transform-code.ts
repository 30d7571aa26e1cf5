import { readFileSync } from 'node:fs';

/**
 * Source of the JavaScript UDFs that turn messages into rows, as Pub/Sub takes it: a script, ECMAScript built-ins only, at
 * most 20 KB. Every warehouse subscription carries the whole script and names its own function.
 *
 * @see https://cloud.google.com/pubsub/docs/smts/udfs-overview
 */
export const TRANSFORM_CODE: string = readFileSync(new URL('transforms.js', import.meta.url), 'utf8');
