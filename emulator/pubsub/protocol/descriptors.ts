import { createRequire } from 'node:module';
import protobuf from 'protobufjs/light.js';
import { IAM_DESCRIPTORS } from './iam-descriptors.ts';
import { TRANSFORM_TEST_DESCRIPTORS } from './transform-test-descriptors.ts';

/** protobufjs' JSON descriptor of a namespace. */
interface Namespace {
  readonly nested: Record<string, Namespace>;
}

const PUBSUB_DESCRIPTORS = '@google-cloud/pubsub/build/protos/protos.json';
/** The whole file also describes protobuf itself; leaving that out halves what it costs to start. */
const WELL_KNOWN_TYPES = ['Duration', 'Empty', 'FieldMask', 'ListValue', 'NullValue', 'Struct', 'Timestamp', 'Value'];

/** Google's own definition of the API, as its client library ships it, IAM's, and what only its REST API has. */
export function loadDescriptors(): protobuf.Root {
  const { google } = (createRequire(import.meta.url)(PUBSUB_DESCRIPTORS) as Namespace).nested;
  const pubsub = google?.nested['pubsub']?.nested['v1']?.nested;
  const wellKnown = google?.nested['protobuf']?.nested ?? {};
  return protobuf.Root.fromJSON({
    nested: {
      google: {
        nested: {
          pubsub: { nested: { v1: { nested: { ...pubsub, ...TRANSFORM_TEST_DESCRIPTORS } } } },
          protobuf: { nested: Object.fromEntries(WELL_KNOWN_TYPES.map((name) => [name, wellKnown[name] ?? {}])) },
          ...IAM_DESCRIPTORS,
        },
      },
    },
  });
}
