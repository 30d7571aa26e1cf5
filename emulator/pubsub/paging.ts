import { invalidArgument } from './protocol/status.ts';

export interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Left out on the last page. */
  readonly nextPageToken?: string;
}

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/**
 * One page of a list, in order of names. A token names the last item of the page before, so that what is created or
 * deleted between two pages neither repeats nor hides others.
 * @throws StatusError INVALID_ARGUMENT
 */
export function paginate<T extends { readonly name: string }>(all: Iterable<T>, request: PageRequest): Page<T> {
  const { pageSize = 0, pageToken = '' } = request;
  if (pageSize < 0) throw invalidArgument(`Invalid page_size: ${pageSize}.`);
  const after = Buffer.from(pageToken, 'base64url').toString();
  if (pageToken && !after.startsWith('projects/')) throw invalidArgument('Invalid page_token.');
  const size = Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const following = [...all].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = following.slice(0, size);
  const last = items.at(-1);
  return following.length > items.length && last
    ? { items, nextPageToken: Buffer.from(last.name).toString('base64url') }
    : { items };
}
