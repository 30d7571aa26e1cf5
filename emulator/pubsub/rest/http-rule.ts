import type protobuf from 'protobufjs/light.js';

/** One binding of an RPC to HTTP, as its `google.api.http` annotation says. */
export interface HttpRule {
  readonly method: string;
  /** `/v1/{topic=projects/…}:publish` */
  readonly template: string;
  /** The field that the body is; `*` is the whole request, and undefined says that there is no body. */
  readonly body: string | undefined;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** `google.api.HttpRule` in protobufjs' descriptors. */
type Annotation = Readonly<Partial<Record<(typeof METHODS)[number], string>>> & {
  readonly body?: string;
  readonly additional_bindings?: Annotation | readonly Annotation[];
};

/**
 * How an RPC is called over HTTP; nothing for one that is not, such as a bidirectional stream.
 * @see https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
 */
export function httpRulesOf(method: protobuf.Method): HttpRule[] {
  const options = (method.parsedOptions ?? []) as readonly Readonly<Record<string, Annotation>>[];
  return options.flatMap((option) => readAnnotation(option['(google.api.http)']));
}

function readAnnotation(annotation: Annotation | undefined): HttpRule[] {
  if (!annotation) return [];
  const { body, additional_bindings: additional = [] } = annotation;
  const own = METHODS.flatMap((method) => {
    const template = annotation[method];
    return template === undefined ? [] : [{ method: method.toUpperCase(), template, body }];
  });
  return [...own, ...[additional].flat().flatMap(readAnnotation)];
}
