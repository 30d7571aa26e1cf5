import type { ProjectId } from '#shared/naming/project-id.ts';
import type { Stream } from '#shared/naming/tenant-names.ts';

/**
 * Tells a message from all others of its tenant: an id is one event within its project and stream, and another event in
 * another project. No two of them share a key, as neither a stream nor a project id holds `/` or `:`.
 */
export function messageKeyOf(stream: Stream, id: string, projectId?: ProjectId): string {
  return projectId === undefined ? `${stream}:${id}` : `${stream}/${projectId}:${id}`;
}
