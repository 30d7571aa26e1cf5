import type { Row } from '../row.ts';
import { acknowledging } from './acknowledging.ts';
import { bigQuery } from './bigquery.ts';
import { bigtable } from './bigtable.ts';
import { cloudStorage } from './cloud-storage.ts';
import { deadLetters } from './dead-letters.ts';
import { defaults } from './defaults.ts';
import { errors } from './errors.ts';
import { filters } from './filters.ts';
import { flowControl } from './flow-control.ts';
import { labels } from './labels.ts';
import { limits } from './limits.ts';
import { listing } from './listing.ts';
import { ordering } from './ordering.ts';
import { publishing } from './publishing.ts';
import { pulling } from './pulling.ts';
import { resourceNames } from './resource-names.ts';
import { retryPolicy } from './retry-policy.ts';
import { streamingPull } from './streaming-pull.ts';
import { updates } from './updates.ts';
import { deletedTopics, detaching } from './detaching.ts';
import { exactlyOnce } from './exactly-once.ts';
import { pushAuthentication } from './push-authentication.ts';
import { pushing, unwrapping } from './pushing.ts';
import { seeking } from './seeking.ts';
import { snapshots } from './snapshots.ts';
import { iam } from './iam.ts';
import { rest } from './rest.ts';
import { schemaRevisions } from './schema-revisions.ts';
import { schemas } from './schemas.ts';
import { transformTests } from './transform-tests.ts';
import { transforms } from './transforms.ts';

/** Every row, area by area. */
export const rows: readonly Row[] = [
  ...resourceNames,
  ...limits,
  ...labels,
  ...defaults,
  ...updates,
  ...listing,
  ...errors,
  ...publishing,
  ...pulling,
  ...acknowledging,
  ...streamingPull,
  ...flowControl,
  ...retryPolicy,
  ...deadLetters,
  ...filters,
  ...ordering,
  ...exactlyOnce,
  ...seeking,
  ...snapshots,
  ...detaching,
  ...deletedTopics,
  ...pushing,
  ...unwrapping,
  ...pushAuthentication,
  ...schemas,
  ...schemaRevisions,
  ...transforms,
  ...transformTests,
  ...bigQuery,
  ...cloudStorage,
  ...bigtable,
  ...iam,
  ...rest,
];
