import { EventInput } from '#shared/events/event-envelope.ts';
import { ApiKeyList, ApiKeyView, CreateApiKey, CreatedApiKey } from '#shared/auth/api-key-views.ts';
import { RotateApiKey, RotatedApiKey } from '#shared/auth/api-key-views.ts';
import { CATALOGUE } from '#shared/events/catalogue/index.ts';
import { type JsonSchema, jsonSchemaOf } from '#shared/events/json-schema.ts';
import { SubjectView } from '#shared/events/subject-view.ts';
import { UserPropertiesInput } from '#shared/events/user-properties.ts';
import { CloudEvent } from '../content/cloud-events/cloud-event.ts';
import { EVENTS, USER_PROPERTIES } from '../endpoint.ts';
import { PROBLEM, RESULTS } from './answers.ts';
import { apiKeyPaths } from './api-keys.ts';
import { dataOfType, dataSchema, dataSchemaName, eventExamples } from './catalogue.ts';
import { healthPaths } from './health.ts';
import { intake } from './intake.ts';
import { SECURITY_SCHEMES } from './security.ts';
import { subjectPaths } from './subjects.ts';

const PROPERTIES_EXAMPLE = { subject: 'cus_1234567890', properties: { plan: 'premium', trial_ends: null } };

const TAGS = [
  { name: 'Events', description: 'What happened, and what is true of whom: taken in, one by one or many at a time' },
  { name: 'Subjects', description: 'What was made of it' },
  { name: 'API keys', description: "The tenant's own, for its administrators" },
  { name: 'Health', description: 'For the machinery that runs Headgate' },
];

/**
 * Describes the API in OpenAPI 3.1, whose schemas are JSON Schema 2020-12: they are derived from the zod schemas that
 * validate, and the refusals from the table that renders them.
 *
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(): JsonSchema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Headgate',
      version: '1.0.0',
      summary: 'Takes in events, and answers for each of them.',
      description: '202 means that Pub/Sub has acknowledged every event it calls accepted.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: TAGS,
    paths: {
      [EVENTS.path]: { post: intake(EVENTS, 'Post events', 'Event', eventExamples()) },
      [USER_PROPERTIES.path]: {
        post: intake(USER_PROPERTIES, "Set subjects' properties", 'UserProperties', {
          plan: { value: PROPERTIES_EXAMPLE },
        }),
      },
      ...subjectPaths(),
      ...apiKeyPaths(),
      ...healthPaths(),
    },
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: {
        Event: { ...jsonSchemaOf(EventInput), allOf: CATALOGUE.map(dataOfType) },
        ...Object.fromEntries(CATALOGUE.map((entry) => [dataSchemaName(entry), dataSchema(entry)])),
        CloudEvent: jsonSchemaOf(CloudEvent),
        UserProperties: jsonSchemaOf(UserPropertiesInput),
        Results: RESULTS,
        Subject: jsonSchemaOf(SubjectView),
        ApiKey: jsonSchemaOf(ApiKeyView),
        ApiKeyList: jsonSchemaOf(ApiKeyList),
        CreateApiKey: jsonSchemaOf(CreateApiKey),
        CreatedApiKey: jsonSchemaOf(CreatedApiKey),
        RotateApiKey: jsonSchemaOf(RotateApiKey),
        RotatedApiKey: jsonSchemaOf(RotatedApiKey),
        Problem: PROBLEM,
      },
    },
  };
}
