import { readFileSync } from 'node:fs';
import { Release, Ruleset } from '@pulumi/gcp/firebaserules/index.js';
import { Database as FirestoreDatabase, Field, Index } from '@pulumi/gcp/firestore/index.js';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { z } from 'zod';
import type { PlatformScope } from './platform-scope.ts';

/** `firestore.indexes.json`, the part of it that is used. What is not is refused, never left out in silence. */
const IndexFile = z.strictObject({
  indexes: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      queryScope: z.enum(['COLLECTION', 'COLLECTION_GROUP']),
      fields: z.array(z.strictObject({ fieldPath: z.string(), order: z.enum(['ASCENDING', 'DESCENDING']) })),
    }),
  ),
  fieldOverrides: z.array(
    z.strictObject({
      collectionGroup: z.string(),
      fieldPath: z.string(),
      ttl: z.boolean(),
      /** None: the field is looked up by nobody, and an index on a time is a hot spot at every write. */
      indexes: z.array(z.never()),
    }),
  ),
});

export interface DatabaseArgs {
  readonly scope: PlatformScope;
  /** `firestore.rules` and `firestore.indexes.json`, which Google's emulator reads too. */
  readonly rules: URL;
  readonly indexes: URL;
}

/** Firestore: settings, keys and profiles, each tenant's under its own document. */
export class Database extends ComponentResource {
  constructor(name: string, { scope, rules, indexes }: DatabaseArgs, options?: ComponentResourceOptions) {
    super('headgate:platform:Database', name, {}, options);
    const project = scope.projectId;

    const database = new FirestoreDatabase(
      name,
      {
        name: '(default)',
        project,
        locationId: scope.region,
        type: 'FIRESTORE_NATIVE',
        // Profiles are folded from events that Pub/Sub forgets after seven days. A mistake here is undone from the past
        // week, and the database is not deleted by one.
        pointInTimeRecoveryEnablement: 'POINT_IN_TIME_RECOVERY_ENABLED',
        deleteProtectionState: 'DELETE_PROTECTION_ENABLED',
      },
      { parent: this, protect: true },
    );

    // Only functions reach Firestore, through IAM, which rules do not bind. A project without rules that deny is open to
    // anyone who finds its web API key.
    const ruleset = new Ruleset(
      `${name}-deny-all`,
      { project, source: { files: [{ name: 'firestore.rules', content: readFileSync(rules, 'utf8') }] } },
      { parent: this, dependsOn: [database] },
    );
    new Release(`${name}-rules`, { project, name: 'cloud.firestore', rulesetName: ruleset.name }, { parent: this });

    const file = IndexFile.parse(JSON.parse(readFileSync(indexes, 'utf8')));
    for (const { collectionGroup, queryScope, fields } of file.indexes) {
      new Index(
        `${collectionGroup}-${fields.map((field) => field.fieldPath).join('-')}`,
        { project, database: database.name, collection: collectionGroup, queryScope, fields },
        { parent: this },
      );
    }
    for (const { collectionGroup, fieldPath, ttl } of file.fieldOverrides) {
      new Field(
        `${collectionGroup}-${fieldPath}`,
        {
          project,
          database: database.name,
          collection: collectionGroup,
          field: fieldPath,
          // Without it what a subject's transactions remember of past events is kept, and paid for, for ever.
          ...(ttl && { ttlConfig: {} }),
          indexConfig: {},
        },
        { parent: this },
      );
    }
    this.registerOutputs({ database: database.name });
  }
}
