import { z } from 'zod';
import type { Properties } from './properties.ts';

/** What became of a resource in the local cloud. */
export interface Placement {
  /** The id that Pulumi's provider would give it. */
  readonly id: string;
  /** Properties beyond the inputs that the provider would fill in. */
  readonly outputs: Properties;
  /** False where the local cloud has no place for it: accepted, listed, without effect. */
  readonly placed: boolean;
}

/** Applies one type of resource to the local servers. Every method may be called again after a failure. */
export interface ResourceHandler {
  readonly type: string;
  /** Inputs that cannot change while the resource exists; the service would replace it, and lose what it holds. */
  readonly immutable: readonly string[];
  /** @throws with a message that names the input, when one is missing, of the wrong type or not supported locally */
  check(inputs: Properties): void;
  /** Makes it, or adopts and brings into line what an earlier run left on a server that outlived it. */
  create(inputs: Properties): Promise<Placement>;
  /** @param previous what it is now */
  update(inputs: Properties, previous: Placement): Promise<Placement>;
  /** Removes it; no error where it is gone already. */
  delete(inputs: Properties, previous: Placement): Promise<void>;
}

/** A handler in terms of its parsed inputs. */
export interface ResourceDefinition<Schema extends z.ZodType> {
  readonly type: string;
  /** Inputs that the local cloud understands; strict, so that one without effect here is refused by name. */
  readonly inputs: Schema;
  readonly immutable?: readonly string[];
  readonly create: (inputs: z.infer<Schema>) => Promise<Placement>;
  /** Left out where it makes no difference whether it is made or changed. */
  readonly update?: (inputs: z.infer<Schema>, previous: Placement) => Promise<Placement>;
  /** Left out where there is nothing to remove. */
  readonly delete?: (inputs: z.infer<Schema>, previous: Placement) => Promise<void>;
}

export function defineResource<Schema extends z.ZodType>(definition: ResourceDefinition<Schema>): ResourceHandler {
  const parse = (inputs: Properties): z.infer<Schema> => {
    const result = definition.inputs.safeParse(inputs);
    if (!result.success) throw new Error(z.prettifyError(result.error));
    return result.data;
  };
  return {
    type: definition.type,
    immutable: definition.immutable ?? [],
    check: (inputs) => void parse(inputs),
    create: async (inputs) => definition.create(parse(inputs)),
    update: async (inputs, previous) => {
      const parsed = parse(inputs);
      return definition.update ? definition.update(parsed, previous) : definition.create(parsed);
    },
    delete: async (inputs, previous) => definition.delete?.(parse(inputs), previous),
  };
}
