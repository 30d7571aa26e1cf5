import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { WireResponse } from '#test/wire/response-reader.ts';

interface DescribedHeader {
  readonly required?: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
}

interface DescribedResponse {
  readonly headers?: Readonly<Record<string, DescribedHeader>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, DescribedResponse>>;
}

/** As far as it is looked at here. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Says in what way an answer is another than the document has it; empty where it is as described. */
export type FindViolations = (path: string, method: string, response: WireResponse) => string[];

/** Of the transport, or of every answer there is. */
const GENERAL: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** Holds answers against what `document` says of their operation, status and media type. */
export function contractOf(document: OpenApiDocument): FindViolations {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');

  function bodyViolations(pointer: string, { content }: DescribedResponse, { headers, body }: WireResponse): string[] {
    if (content === undefined) return body === '' ? [] : ['has a body'];
    const [mediaType = 'none'] = (valueOf(headers, 'content-type') ?? '').split(';');
    if (content[mediaType] === undefined) return [`content-type: ${mediaType}`];
    const validate = ajv.getSchema(`openapi#${pointer}/content/${step(mediaType)}/schema`);
    if (validate === undefined) return [`${mediaType} has no schema`];
    return validate(JSON.parse(body)) === true ? [] : [ajv.errorsText(validate.errors)];
  }

  function headerViolations({ headers = {} }: DescribedResponse, response: WireResponse): string[] {
    const violations: string[] = [];
    for (const [name, { required, schema }] of Object.entries(headers)) {
      const value = valueOf(response.headers, name);
      if (value === undefined && required === true) violations.push(`${name}: missing`);
      if (value === undefined) continue;
      const validate = ajv.compile(schema);
      if (!validate(value)) violations.push(`${name}: ${String(value)}`);
    }
    for (const [name] of response.headers) {
      if (headers[name] === undefined && !GENERAL.has(name)) violations.push(`${name}: not described`);
    }
    return violations;
  }

  return (path, method, response) => {
    const described = document.paths[path]?.[method]?.responses[response.status];
    if (described === undefined) return [`${response.status}: not described: ${response.body}`];
    const pointer = `/paths/${step(path)}/${method}/responses/${response.status}`;
    return [...bodyViolations(pointer, described, response), ...headerViolations(described, response)];
  };
}

/** One step of a JSON pointer, in a URI. */
function step(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function valueOf(headers: WireResponse['headers'], name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}
