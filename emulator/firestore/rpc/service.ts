import type {
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Database } from '../documents/database.ts';
import { databaseOf } from '../documents/names.ts';
import type { Transaction } from '../documents/transactions.ts';
import { FirestoreError } from '../errors.ts';
import type { StructuredQuery } from '../protocol.ts';
import { aggregate } from '../query/aggregate.ts';
import { runQuery } from '../query/run-query.ts';
import {
  batchWrite,
  createDocument,
  deleteDocument,
  getDocument,
  listCollectionIds,
  listDocuments,
  masked,
  updateDocument,
} from './documents.ts';
import { listen } from './listen.ts';
import type {
  BatchGetDocumentsRequest,
  BeginTransactionRequest,
  CommitRequest,
  Consistency,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  RollbackRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
} from './requests.ts';

/**
 * `google.firestore.v1.Firestore` over databases in memory. Not served, and refused by name: the web clients' `Write`
 * stream and pipelines.
 *
 * @param open the database of that name, made at its first use
 */
export function firestoreService(open: (name: string) => Database): UntypedServiceImplementation {
  return {
    GetDocument: unary<GetDocumentRequest>((request) => getDocument(open(databaseOf(request.name)), request)),
    CreateDocument: unary<CreateDocumentRequest>((request) =>
      createDocument(open(databaseOf(request.parent)), request),
    ),
    UpdateDocument: unary<UpdateDocumentRequest>((request) => {
      return updateDocument(open(databaseOf(request.document.name)), request);
    }),
    DeleteDocument: unary<DeleteDocumentRequest>((request) => deleteDocument(open(databaseOf(request.name)), request)),
    ListDocuments: unary<ListDocumentsRequest>((request) => listDocuments(open(databaseOf(request.parent)), request)),
    ListCollectionIds: unary<ListCollectionIdsRequest>((request) => {
      return listCollectionIds(open(databaseOf(request.parent)), request);
    }),
    BeginTransaction: unary<BeginTransactionRequest>((request, peer) => ({
      transaction: open(databaseOf(request.database)).begin(request.options, peer).id,
    })),
    Commit: unary<CommitRequest>(async (request) => {
      const database = open(databaseOf(request.database));
      const { results, commitTime } = await database.commit(
        request.writes,
        transactionOf(database, request.transaction),
      );
      return { writeResults: results, commitTime };
    }),
    BatchWrite: unary<CommitRequest>((request) => batchWrite(open(databaseOf(request.database)), request.writes)),
    Rollback: unary<RollbackRequest>((request) => {
      const { transactions } = open(databaseOf(request.database));
      transactions.end(transactions.get(request.transaction));
      return {};
    }),
    BatchGetDocuments: streaming<BatchGetDocumentsRequest>(async (request, peer, write) => {
      const database = open(databaseOf(request.database));
      const { transaction, begun } = consistency(database, request, peer);
      const documents = await database.read(request.documents, transaction);
      const readTime = database.now();
      for (const [i, document] of documents.entries()) {
        const result =
          document === undefined ? { missing: request.documents[i] } : { found: masked(document, request.mask) };
        write({ ...result, readTime, ...(i === 0 && begun) });
      }
      if (documents.length === 0) write({ readTime, ...begun });
    }),
    RunQuery: streaming<RunQueryRequest>((request, peer, write) => {
      const database = open(databaseOf(request.parent));
      const query = requireQuery(request.structuredQuery);
      const { transaction, begun } = consistency(database, request, peer);
      const find = () => runQuery(database.store, request.parent, query);
      transaction?.recordQuery(() =>
        find()
          .map(({ name, updateTime }) => `${name}@${updateTime.seconds}.${updateTime.nanos}`)
          .join(),
      );
      const readTime = database.now();
      const documents = find();
      for (const [i, document] of documents.entries()) write({ document, readTime, ...(i === 0 && begun) });
      if (documents.length === 0) write({ readTime, ...begun });
    }),
    RunAggregationQuery: streaming<RunAggregationQueryRequest>((request, peer, write) => {
      const database = open(databaseOf(request.parent));
      const { structuredQuery, aggregations = [] } = request.structuredAggregationQuery ?? {};
      const query = requireQuery(structuredQuery);
      const { transaction, begun } = consistency(database, request, peer);
      const find = () => ({
        aggregateFields: aggregate(runQuery(database.store, request.parent, query), aggregations),
      });
      transaction?.recordQuery(() => JSON.stringify(find()));
      write({ result: find(), readTime: database.now(), ...begun });
    }),
    PartitionQuery: unary(() => ({ partitions: [] })),
    Listen: (call: Parameters<typeof listen>[0]) => listen(call, open),
  };
}

function unary<Request>(
  answer: (request: Request, peer: string) => object | Promise<object>,
): handleUnaryCall<Request, object> {
  const respond = async (call: ServerUnaryCall<Request, object>, callback: sendUnaryData<object>): Promise<void> => {
    try {
      callback(null, await answer(call.request, call.getPeer()));
    } catch (error) {
      callback(error as Error);
    }
  };
  return (call, callback) => void respond(call, callback);
}

function streaming<Request>(
  answer: (request: Request, peer: string, write: (response: object) => void) => void | Promise<void>,
): handleServerStreamingCall<Request, object> {
  return (call) => {
    const run = async (): Promise<void> =>
      answer(call.request, call.getPeer(), (response) => void call.write(response));
    run().then(
      () => call.end(),
      (error: Error) => call.emit('error', error),
    );
  };
}

function transactionOf(database: Database, id: Uint8Array | undefined): Transaction | undefined {
  return id === undefined || id.length === 0 ? undefined : database.transactions.get(id);
}

/** The transaction of a read; `begun` is what the first response says of one that the read itself began. */
function consistency(
  database: Database,
  { transaction, newTransaction, readTime }: Consistency,
  peer: string,
): { transaction?: Transaction; begun?: { transaction: Buffer } } {
  if (readTime !== undefined && readTime !== null) {
    throw new FirestoreError(
      'INVALID_ARGUMENT',
      'Reads at a past readTime: this local Firestore keeps no old versions.',
    );
  }
  if (newTransaction !== undefined && newTransaction !== null) {
    const begun = database.begin(newTransaction, peer);
    return { transaction: begun, begun: { transaction: begun.id } };
  }
  const running = transactionOf(database, transaction);
  return running === undefined ? {} : { transaction: running };
}

function requireQuery(query: StructuredQuery | undefined): StructuredQuery {
  if (query === undefined) throw new FirestoreError('INVALID_ARGUMENT', 'A structuredQuery is required.');
  return query;
}
