import type { Clock } from '../clock/clock.ts';
import type { SchemaType } from '../protocol/resources.ts';
import { alreadyExists, notFound, StatusError } from '../protocol/status.ts';
import { parseResourceName } from '../resource-name.ts';
import { type Draft, type Revision, Schema } from './schema.ts';

/** @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_SCHEMAS_PER_PROJECT = 10_000;

/** All schemas of all projects. */
export class Schemas {
  readonly #clock: Clock;
  readonly #byName = new Map<string, Schema>();
  /** Whether any schema or revision has ever been deleted. */
  hasDeletions = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  [Symbol.iterator](): Iterator<Schema> {
    return this.#byName.values();
  }

  /** @throws StatusError ALREADY_EXISTS, INVALID_ARGUMENT, RESOURCE_EXHAUSTED */
  create(name: string, type: SchemaType, first: Draft): Schema {
    const { project, id } = parseResourceName('schemas', name);
    if (this.#byName.has(name)) throw alreadyExists(id);
    const prefix = `projects/${project}/`;
    const count = [...this.#byName.keys()].filter((other) => other.startsWith(prefix)).length;
    if (count >= MAX_SCHEMAS_PER_PROJECT) {
      throw new StatusError('RESOURCE_EXHAUSTED', `The project already has ${MAX_SCHEMAS_PER_PROJECT} schemas.`);
    }
    const schema = new Schema(name, type, first, this.#clock);
    this.#byName.set(name, schema);
    return schema;
  }

  find(name: string): Schema | undefined {
    return this.#byName.get(name);
  }

  /** @throws StatusError NOT_FOUND, or INVALID_ARGUMENT when that is no name of a schema */
  get(name = ''): Schema {
    const schema = this.#byName.get(name);
    if (!schema) throw notFound(parseResourceName('schemas', name).id);
    return schema;
  }

  delete(schema: Schema): void {
    this.#byName.delete(schema.name);
    this.hasDeletions = true;
  }

  /** @throws StatusError NOT_FOUND; INVALID_ARGUMENT for the only one */
  deleteRevision(schema: Schema, revisionId: string): Revision {
    const deleted = schema.deleteRevision(revisionId);
    this.hasDeletions = true;
    return deleted;
  }
}
