import { randomUUID } from 'node:crypto';
import { checkLabels } from '../labels.ts';
import { type PageRequest, paginate } from '../paging.ts';
import type { Labels, Snapshot as SnapshotResource } from '../protocol/resources.ts';
import type { PubSub } from '../pubsub.ts';
import { parseProject } from '../resource-name.ts';
import type { UnaryHandlers } from '../rpc.ts';
import { applyUpdateMask } from '../update-mask.ts';

interface NamesSnapshot {
  readonly snapshot?: string;
}

interface CreateSnapshotRequest {
  readonly name?: string;
  readonly subscription?: string;
  readonly labels?: Labels;
}

interface UpdateSnapshotRequest {
  readonly snapshot?: SnapshotResource;
  readonly updateMask?: { readonly paths?: readonly string[] };
}

/** What UpdateSnapshot may change. */
const UPDATABLE_FIELDS: ReadonlySet<string> = new Set(['labels', 'expireTime']);

/** The RPCs of `google.pubsub.v1.Subscriber` that are about snapshots, but for Seek. */
export function createSnapshotRpcs(pubsub: PubSub): UnaryHandlers {
  const { snapshots, clock } = pubsub;

  return {
    CreateSnapshot({ name, subscription: source, labels }: CreateSnapshotRequest) {
      const subscription = pubsub.subscription(source);
      const chosen = name || `projects/${subscription.project}/snapshots/snapshot-${randomUUID()}`;
      return snapshots.create(chosen, subscription, labels).resource;
    },

    GetSnapshot: ({ snapshot }: NamesSnapshot) => snapshots.get(snapshot).resource,

    ListSnapshots({ project, ...page }: { project?: string } & PageRequest) {
      const prefix = `projects/${parseProject(project)}/`;
      const { items, ...next } = paginate(
        [...snapshots].filter(({ name }) => name.startsWith(prefix)),
        page,
      );
      return { snapshots: items.map(({ resource }) => resource), ...next };
    },

    UpdateSnapshot({ snapshot: changes = {}, updateMask }: UpdateSnapshotRequest) {
      const snapshot = snapshots.get(changes.name);
      const updated = applyUpdateMask(snapshot.resource, changes, updateMask?.paths, UPDATABLE_FIELDS);
      checkLabels(updated.labels);
      snapshot.update(updated, clock.now());
      return snapshot.resource;
    },

    DeleteSnapshot({ snapshot }: NamesSnapshot) {
      snapshots.delete(snapshots.get(snapshot));
      return {};
    },
  };
}
