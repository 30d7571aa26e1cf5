import { status } from '@grpc/grpc-js';
import { z } from 'zod';
import { subscriptionPath, topicPath } from '#shared/naming/tenant-names.ts';
import { defineResource, type Placement, type ResourceHandler } from '../resource-handler.ts';
import { hasStatus } from './grpc-status.ts';
import { CALL_OPTIONS, type PubSubClients } from './pubsub-clients.ts';

const Grant = { project: z.string(), role: z.string(), member: z.string() };
type Grant = { readonly role: string; readonly member: string };
/** Declared as instances of classes, though the client takes plain objects as everywhere. */
type GetRequest = Parameters<PubSubClients['publisher']['getIamPolicy']>[0];
type SetRequest = Parameters<PubSubClients['publisher']['setIamPolicy']>[0];
type Policy = { bindings: { role: string; members: string[] }[]; etag: Uint8Array };

/** Who may do what with a topic or subscription, one member and role at a time. */
export function pubsubIamMemberResources({ publisher }: PubSubClients): ResourceHandler[] {
  const editPolicy = policyEditor(publisher);

  const grant = async (resource: string, { role, member }: Grant): Promise<Placement> => {
    const placed = await editPolicy(resource, (policy) => {
      const binding = policy.bindings.find((candidate) => candidate.role === role);
      if (binding === undefined) policy.bindings.push({ role, members: [member] });
      else if (!binding.members.includes(member)) binding.members.push(member);
    });
    return { id: `${resource}/${role}/${member}`, outputs: {}, placed };
  };
  const revoke = async (resource: string, { role, member }: Grant): Promise<void> => {
    await editPolicy(resource, (policy) => {
      for (const binding of policy.bindings) {
        if (binding.role === role) binding.members = binding.members.filter((other) => other !== member);
      }
      policy.bindings = policy.bindings.filter((binding) => binding.members.length > 0);
    });
  };
  const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

  return [
    defineResource({
      type: 'gcp:pubsub/topicIAMMember:TopicIAMMember',
      inputs: z.strictObject({ topic: z.string(), ...Grant }),
      immutable: ['topic', 'project', 'role', 'member'],
      create: (inputs) => grant(topicPath(inputs.project, idOf(inputs.topic)), inputs),
      delete: (inputs) => revoke(topicPath(inputs.project, idOf(inputs.topic)), inputs),
    }),
    defineResource({
      type: 'gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember',
      inputs: z.strictObject({ subscription: z.string(), ...Grant }),
      immutable: ['subscription', 'project', 'role', 'member'],
      create: (inputs) => grant(subscriptionPath(inputs.project, idOf(inputs.subscription)), inputs),
      delete: (inputs) => revoke(subscriptionPath(inputs.project, idOf(inputs.subscription)), inputs),
    }),
  ];
}

/**
 * Edits policies by reading, changing and writing them, one edit of a resource after the other.
 *
 * @returns whether the server has policies at all; Google's emulator has none
 */
function policyEditor(
  publisher: PubSubClients['publisher'],
): (resource: string, edit: (policy: Policy) => void) => Promise<boolean> {
  const last = new Map<string, Promise<unknown>>();
  const edited = async (resource: string, edit: (policy: Policy) => void): Promise<boolean> => {
    try {
      const [current] = await publisher.getIamPolicy({ resource } as GetRequest, CALL_OPTIONS);
      const policy: Policy = {
        bindings: (current.bindings ?? []).map(({ role, members }) => ({ role: role ?? '', members: members ?? [] })),
        etag:
          typeof current.etag === 'string' ? Buffer.from(current.etag, 'base64') : (current.etag ?? new Uint8Array()),
      };
      edit(policy);
      await publisher.setIamPolicy({ resource, policy } as SetRequest, CALL_OPTIONS);
      return true;
    } catch (error) {
      if (hasStatus(error, status.UNIMPLEMENTED)) return false;
      // A policy goes with its resource.
      if (hasStatus(error, status.NOT_FOUND)) return false;
      throw error;
    }
  };
  return (resource, edit) => {
    const next = (last.get(resource) ?? Promise.resolve()).then(() => edited(resource, edit));
    last.set(
      resource,
      next.catch(() => undefined),
    );
    return next;
  };
}
