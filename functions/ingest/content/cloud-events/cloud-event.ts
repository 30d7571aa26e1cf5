import { z } from 'zod';

/** Of a CloudEvents attribute; in the JSON format, `data_base64` besides. */
export const ATTRIBUTE_NAME = /^[a-z0-9]+$/;

const Text = z.string().refine((text) => text.isWellFormed(), 'not well-formed Unicode');
const NonEmptyText = Text.min(1, 'must not be empty');

/** The CloudEvents types that JSON has, other than text: Boolean, and Integer of 32 bits. */
const EXTENSION = { error: 'must be text, a boolean or a 32-bit integer' };
const Extension = z.union([Text, z.boolean(), z.int32(EXTENSION)], EXTENSION);

/**
 * A CloudEvent in the JSON format, once its attributes that are null (the same as unset) are left out. Whatever the named
 * attributes become in Headgate is validated as that; here is only what is true of CloudEvents alone.
 *
 * The SDK for JavaScript does not help here: what it reads it does not validate, its own validation throws without
 * naming the attribute, and it parses numbers inexactly.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export const CloudEvent = z
  .object({
    specversion: z.literal('1.0', { error: 'must be "1.0"' }),
    id: NonEmptyText.meta({ description: "The tenant's idempotency key for the event, whatever its `source`" }),
    source: NonEmptyText.meta({ description: 'The system the event comes from: a URI reference' }),
    type: Text.meta({ description: 'Dotted lower case, such as "order.shipped"' }),
    subject: Text.meta({ description: 'Whom the event is about. Optional in CloudEvents, required here.' }),
    time: Text.optional().meta({ description: 'RFC 3339; the time of receipt if missing', format: 'date-time' }),
    datacontenttype: Text.optional().meta({ description: 'JSON, which it is if missing' }),
    dataschema: NonEmptyText.optional().meta({
      description: 'A URI. Where it ends with "major.minor", as in "…/order/1.2" or "#1.2", that is the version.',
    }),
    dataversion: Text.optional().meta({ description: 'Extension: the version, "major.minor"' }),
    correlationid: Text.optional().meta({ description: 'Extension' }),
    tenantid: Text.optional().meta({ description: "Extension; if present, it must be the caller's" }),
    projectid: Text.optional().meta({ description: "Extension: the tenant's project" }),
    idempotencykey: Text.optional().meta({ description: 'Extension' }),
    traceparent: Text.optional().meta({ description: 'Extension: W3C trace context' }),
    data: z.unknown().optional().meta({ type: 'object', additionalProperties: true }),
    data_base64: z.string().optional().meta({ description: 'JSON in base64, in place of `data`' }),
  })
  .catchall(Extension);

export type CloudEvent = z.infer<typeof CloudEvent>;
