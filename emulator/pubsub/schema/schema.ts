import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock/clock.ts';
import { durationOf } from '../protocol/duration.ts';
import type { Schema as SchemaResource, SchemaType, SchemaView } from '../protocol/resources.ts';
import { invalidArgument, StatusError } from '../protocol/status.ts';
import { type Definition, requireCompatible } from './definition.ts';

/** A definition that is to be a revision. */
export interface Draft {
  readonly source: string;
  /** Compiled from it. */
  readonly definition: Definition;
}

/** One version of a schema's definition. */
export interface Revision {
  readonly id: string;
  /** Ascending in order of creation. */
  readonly number: number;
  readonly definition: Definition;
  /** The schema as it was committed. */
  readonly resource: SchemaResource;
}

/** @see https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_REVISIONS = 20;

/** A schema: its revisions, of which every one judges the messages of topics that allow it. */
export class Schema {
  readonly name: string;
  readonly type: SchemaType;
  readonly #clock: Clock;
  #revisions: readonly [Revision, ...Revision[]];
  /** Of deleted revisions too: a topic's range of revisions may still begin or end with one. */
  readonly #numbers = new Map<string, number>();

  constructor(name: string, type: SchemaType, first: Draft, clock: Clock) {
    this.name = name;
    this.type = type;
    this.#clock = clock;
    this.#revisions = [this.#createRevision(first)];
  }

  /** From the first to the last. */
  get revisions(): readonly Revision[] {
    return this.#revisions;
  }

  get latest(): Revision {
    return this.#revisions.at(-1) ?? this.#revisions[0];
  }

  /** @throws StatusError NOT_FOUND */
  revision(id: string): Revision {
    const revision = this.#revisions.find((one) => one.id === id);
    if (!revision) throw new StatusError('NOT_FOUND', `Schema revision not found (resource=${this.name}@${id}).`);
    return revision;
  }

  /** A revision's place in the order of creation, whether it still exists or not; undefined for an id that never was. */
  numberOf(revisionId: string): number | undefined {
    return this.#numbers.get(revisionId);
  }

  /** @throws StatusError INVALID_ARGUMENT for a definition that cannot follow the last; RESOURCE_EXHAUSTED */
  commit(next: Draft): Revision {
    this.#requireRoom();
    requireCompatible(this.latest.definition, next.definition);
    return this.#add(this.#createRevision(next));
  }

  /** Commits a revision's definition once more. @throws StatusError NOT_FOUND, RESOURCE_EXHAUSTED */
  rollback(revisionId: string): Revision {
    const { resource, definition } = this.revision(revisionId);
    this.#requireRoom();
    return this.#add(this.#createRevision({ source: resource.definition ?? '', definition }));
  }

  /** @throws StatusError NOT_FOUND; INVALID_ARGUMENT for the only one */
  deleteRevision(id: string): Revision {
    const revision = this.revision(id);
    const [first, ...others] = this.#revisions.filter((one) => one !== revision);
    if (!first) throw invalidArgument('Cannot delete the last revision. Use DeleteSchema instead.');
    this.#revisions = [first, ...others];
    return revision;
  }

  #add(revision: Revision): Revision {
    this.#revisions = [...this.#revisions, revision];
    return revision;
  }

  #requireRoom(): void {
    if (this.#revisions.length < MAX_REVISIONS) return;
    throw new StatusError('RESOURCE_EXHAUSTED', `The schema already has ${MAX_REVISIONS} revisions, the most allowed.`);
  }

  #createRevision({ source, definition }: Draft): Revision {
    const id = this.#newRevisionId();
    const number = this.#numbers.size;
    this.#numbers.set(id, number);
    const { name, type } = this;
    const revisionCreateTime = durationOf(this.#clock.now());
    return { id, number, definition, resource: { name, type, definition: source, revisionId: id, revisionCreateTime } };
  }

  #newRevisionId(): string {
    const id = randomBytes(4).toString('hex');
    return this.#numbers.has(id) ? this.#newRevisionId() : id;
  }
}

/** The revision as the service returns it. BASIC leaves the definition out. */
export function viewOf({ resource }: Revision, view: SchemaView): SchemaResource {
  const { definition, ...basic } = resource;
  return view === 'FULL' && definition !== undefined ? { ...basic, definition } : basic;
}
