import { invalidArgument } from './protocol/status.ts';

/** What a project has, by the word that stands for it in names. */
export type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** What the name of a topic or schema is replaced by when it is deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

export interface ResourceName {
  readonly project: string;
  /** The last part of the name. */
  readonly id: string;
}

const NAME = /^projects\/([^/]+)\/(topics|subscriptions|snapshots|schemas)\/([^/]+)$/;
/** @see https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const ID = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const PROJECT = /^projects\/([^/]+)$/;

/** Reads `projects/{project}/{collection}/{id}`. @throws StatusError INVALID_ARGUMENT */
export function parseResourceName(collection: Collection, name: string | undefined): ResourceName {
  const [, project, found, id] = NAME.exec(name ?? '') ?? [];
  if (!project || !id || found !== collection || !ID.test(id)) {
    throw invalidArgument(`Invalid [${collection}] name: (name=${name ?? ''})`);
  }
  return { project, id };
}

/** Reads `projects/{project}`. @throws StatusError INVALID_ARGUMENT */
export function parseProject(name: string | undefined): string {
  const [, project] = PROJECT.exec(name ?? '') ?? [];
  if (!project) throw invalidArgument(`Invalid [projects] name: (name=${name ?? ''})`);
  return project;
}
