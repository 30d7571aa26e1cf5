/** A method as the discovery document describes it: the HTTP method, the path, and its query parameters. */
type Method = readonly [httpMethod: string, path: string, ...query: string[]];

const DATASET = 'projects/{+projectId}/datasets/{+datasetId}';
const TABLE = `${DATASET}/tables/{+tableId}`;
const JOB = 'projects/{+projectId}/jobs/{+jobId}';
const PAGED = ['maxResults', 'pageToken'] as const;

const METHODS: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  projects: { list: ['GET', 'projects', ...PAGED] },
  datasets: {
    delete: ['DELETE', DATASET, 'deleteContents'],
    get: ['GET', DATASET, 'datasetView', 'accessPolicyVersion'],
    insert: ['POST', 'projects/{+projectId}/datasets', 'accessPolicyVersion'],
    list: ['GET', 'projects/{+projectId}/datasets', 'all', 'filter', ...PAGED],
    patch: ['PATCH', DATASET, 'accessPolicyVersion', 'updateMode'],
    update: ['PUT', DATASET, 'accessPolicyVersion', 'updateMode'],
  },
  jobs: {
    cancel: ['POST', `${JOB}/cancel`, 'location'],
    delete: ['DELETE', `${JOB}/delete`, 'location'],
    get: ['GET', JOB, 'location'],
    getQueryResults: [
      'GET',
      'projects/{+projectId}/queries/{+jobId}',
      'location',
      'startIndex',
      'timeoutMs',
      'formatOptions.useInt64Timestamp',
      'formatOptions.timestampOutputFormat',
      ...PAGED,
    ],
    insert: ['POST', 'projects/{+projectId}/jobs'],
    list: [
      'GET',
      'projects/{+projectId}/jobs',
      'allUsers',
      'maxCreationTime',
      'minCreationTime',
      'parentJobId',
      'projection',
      'stateFilter',
      ...PAGED,
    ],
    query: ['POST', 'projects/{+projectId}/queries'],
  },
  tabledata: {
    insertAll: ['POST', `${TABLE}/insertAll`],
    list: [
      'GET',
      `${TABLE}/data`,
      'selectedFields',
      'startIndex',
      'formatOptions.useInt64Timestamp',
      'formatOptions.timestampOutputFormat',
      ...PAGED,
    ],
  },
  tables: {
    delete: ['DELETE', TABLE],
    get: ['GET', TABLE, 'selectedFields', 'view'],
    insert: ['POST', `${DATASET}/tables`],
    list: ['GET', `${DATASET}/tables`, ...PAGED],
    patch: ['PATCH', TABLE, 'autodetect_schema'],
    update: ['PUT', TABLE, 'autodetect_schema'],
  },
};

/** `bq` asks for it before every query. Uploads themselves are refused, as what is not a query job is. */
const MEDIA_UPLOAD = {
  supportsMediaUpload: true,
  mediaUpload: {
    accept: ['*/*'],
    protocols: {
      simple: { multipart: true, path: '/upload/bigquery/v2/projects/{+projectId}/jobs' },
      resumable: { multipart: true, path: '/resumable/upload/bigquery/v2/projects/{+projectId}/jobs' },
    },
  },
};

/** The discovery document from which clients such as `bq` learn the methods. `rootUrl` ends in a slash. */
export function discoveryDocument(rootUrl: string): Record<string, unknown> {
  const resources = Object.entries(METHODS).map(([resource, methods]) => {
    const described = Object.entries(methods).map(([name, method]) => [
      name,
      describeMethod(`${resource}.${name}`, method),
    ]);
    return [resource, { methods: Object.fromEntries(described) }];
  });
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'bigquery:v2',
    name: 'bigquery',
    version: 'v2',
    title: 'BigQuery API',
    protocol: 'rest',
    rootUrl,
    servicePath: 'bigquery/v2/',
    baseUrl: `${rootUrl}bigquery/v2/`,
    basePath: '/bigquery/v2/',
    batchPath: 'batch/bigquery/v2',
    parameters: {
      alt: { type: 'string', location: 'query', default: 'json', enum: ['json'] },
      fields: { type: 'string', location: 'query' },
      key: { type: 'string', location: 'query' },
      prettyPrint: { type: 'boolean', location: 'query', default: 'true' },
      quotaUser: { type: 'string', location: 'query' },
    },
    schemas: { Any: { id: 'Any', type: 'object', additionalProperties: { type: 'any' } } },
    resources: Object.fromEntries(resources),
  };
}

function describeMethod(id: string, [httpMethod, path, ...query]: Method): Record<string, unknown> {
  const inPath = [...path.matchAll(/\{\+(\w+)\}/g)].map(([, name = '']) => name);
  const parameters = [
    ...inPath.map((name) => [name, { type: 'string', location: 'path', required: true }]),
    ...query.map((name) => [name, { type: 'string', location: 'query' }]),
  ];
  return {
    id: `bigquery.${id}`,
    httpMethod,
    path,
    flatPath: path.replaceAll('{+', '{'),
    parameters: Object.fromEntries(parameters),
    parameterOrder: inPath,
    ...(httpMethod === 'GET' || httpMethod === 'DELETE' ? {} : { request: { $ref: 'Any' } }),
    ...(httpMethod === 'DELETE' ? {} : { response: { $ref: 'Any' } }),
    scopes: ['https://www.googleapis.com/auth/bigquery'],
    ...(id === 'jobs.insert' ? MEDIA_UPLOAD : {}),
  };
}
