import { isDeepStrictEqual } from 'node:util';
import { withDeadline } from '#shared/deadline/with-deadline.ts';
import { type Properties, unwrapSecrets } from './properties.ts';
import type { Placement, ResourceHandler } from './resource-handler.ts';
import type { ResourceState, StackState } from './stack-state.ts';
import { isStack, urnOf } from './urn.ts';

/** What was done about a resource. */
export type ResourceOperation = 'create' | 'update' | 'same' | 'delete';

/** A resource as it was applied. */
export interface AppliedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly operation: ResourceOperation;
  /** False where the local cloud has no place for it. */
  readonly placed: boolean;
}

/** What a program asks when it makes a resource. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly custom: boolean;
  readonly protect: boolean;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
}

export interface DeploymentOptions {
  readonly project: string;
  readonly stack: string;
  readonly previous: StackState;
  /** By type. A type that is not in it is accepted without effect. */
  readonly handlers: ReadonlyMap<string, ResourceHandler>;
  /** Outputs of another stack, by its full name. Undefined where there is no such stack. */
  readonly readStack: (fullName: string) => StackState | undefined;
  readonly onProgress: (resource: AppliedResource) => void;
  /** Bound of each single call to a local server. */
  readonly deadlineMs: number;
}

/**
 * One run of a stack's program: creates, updates or leaves alone each resource it registers, and at the end deletes those it
 * no longer does. After a failure `state` holds what was achieved, so that the next run goes on from there.
 */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #resources = new Map<string, ResourceState>();
  readonly #registered = new Set<string>();
  readonly #applied: AppliedResource[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #outputs: Properties;
  #secretOutputs: ReadonlySet<string>;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#outputs = options.previous.outputs;
    this.#secretOutputs = options.previous.secretOutputs;
  }

  get applied(): readonly AppliedResource[] {
    return this.#applied;
  }

  /** What now exists: what was registered, and of the earlier run what was neither registered nor deleted. */
  get state(): StackState {
    const resources = new Map([...this.#options.previous.resources, ...this.#resources]);
    for (const { urn, operation } of this.#applied) if (operation === 'delete') resources.delete(urn);
    return { resources, outputs: this.#outputs, secretOutputs: this.#secretOutputs };
  }

  /** @throws naming the resource's URN */
  async register(registration: Registration): Promise<ResourceState> {
    const work = this.#register(registration);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Waits for what is under way, each part of which has its deadline. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #register(registration: Registration): Promise<ResourceState> {
    const { type, name, parent, custom } = registration;
    const urn = urnOf(this.#options.stack, this.#options.project, parent, type, name);
    try {
      if (this.#registered.has(urn)) throw new Error('registered twice');
      for (const other of [...registration.dependencies, ...(parent === '' ? [] : [parent])]) {
        if (!this.#registered.has(other)) throw new Error(`depends on ${other}, which is not registered`);
      }
      this.#registered.add(urn);
      const { properties: inputs, secrets } = unwrapSecrets(registration.inputs);
      const placement = custom ? await this.#apply(urn, type, name, inputs) : GROUP;
      const state: ResourceState = {
        urn,
        type,
        name,
        parent,
        custom,
        protect: registration.protect,
        inputs,
        placement,
        secrets: new Set([...secrets, ...registration.additionalSecretOutputs]),
      };
      this.#resources.set(urn, state);
      return state;
    } catch (error) {
      throw new Error(`${urn}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** A `StackReference`: outputs of another stack of the same local cloud. */
  readStack(name: string): { urn: string; properties: Properties; secrets: ReadonlySet<string> } {
    const state = this.#options.readStack(name);
    if (state === undefined) throw new Error(`stack ${name} has not been applied`);
    const urn = urnOf(this.#options.stack, this.#options.project, '', 'pulumi:pulumi:StackReference', name);
    this.#registered.add(urn);
    return {
      urn,
      properties: { name, outputs: state.outputs, secretOutputNames: [...state.secretOutputs] },
      secrets: new Set(state.secretOutputs.size > 0 ? ['outputs'] : []),
    };
  }

  setOutputs(urn: string, wrapped: Properties): void {
    const resource = this.#resources.get(urn);
    if (resource === undefined) throw new Error(`${urn}: outputs of a resource that is not registered`);
    if (!isStack(resource.type)) return;
    const { properties, secrets } = unwrapSecrets(wrapped);
    this.#outputs = properties;
    this.#secretOutputs = secrets;
  }

  /** Deletes what the program no longer registers, last made first. */
  async deleteRest(): Promise<void> {
    const gone = [...this.#options.previous.resources.values()].filter(({ urn }) => !this.#registered.has(urn));
    for (const { urn, type, name, custom, protect, inputs, placement } of gone.toReversed()) {
      if (protect) throw new Error(`${urn}: is protected and cannot be deleted`);
      const handler = this.#options.handlers.get(type);
      if (custom && handler) {
        try {
          await this.#bounded(handler.delete(inputs, placement), 'delete');
        } catch (error) {
          throw new Error(`${urn}: ${messageOf(error)}`, { cause: error });
        }
      }
      this.#report({ urn, type, name, id: placement.id, operation: 'delete', placed: placement.placed }, custom);
    }
  }

  async #apply(urn: string, type: string, name: string, inputs: Properties): Promise<Placement> {
    const handler = this.#options.handlers.get(type);
    const previous = this.#options.previous.resources.get(urn);
    const [operation, placement] = await this.#reconcile(handler, inputs, previous, name);
    this.#report({ urn, type, name, id: placement.id, operation, placed: placement.placed }, true);
    return placement;
  }

  async #reconcile(
    handler: ResourceHandler | undefined,
    inputs: Properties,
    previous: ResourceState | undefined,
    name: string,
  ): Promise<[ResourceOperation, Placement]> {
    const changed = previous === undefined ? [] : changedKeys(previous.inputs, inputs);
    if (previous !== undefined && changed.length === 0) return ['same', previous.placement];
    const operation = previous === undefined ? 'create' : 'update';
    if (handler === undefined) return [operation, { id: name, outputs: {}, placed: false }];
    handler.check(inputs);
    if (previous === undefined) return [operation, await this.#bounded(handler.create(inputs), 'create')];
    const immutable = changed.filter((key) => handler.immutable.includes(key));
    if (immutable.length > 0) throw new Error(`${immutable.join(', ')}: cannot be changed once it exists`);
    return [operation, await this.#bounded(handler.update(inputs, previous.placement), 'update')];
  }

  #bounded<T>(work: Promise<T>, what: string): Promise<T> {
    return withDeadline(work, this.#options.deadlineMs, what);
  }

  #report(resource: AppliedResource, custom: boolean): void {
    this.#applied.push(resource);
    if (custom) this.#options.onProgress(resource);
  }
}

const GROUP: Placement = { id: '', outputs: {}, placed: false };

function changedKeys(before: Properties, after: Properties): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
