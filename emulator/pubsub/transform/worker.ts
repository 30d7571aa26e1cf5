import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { StatusError } from '../protocol/status.ts';
import { compileTransforms, type Transformer } from './sandbox.ts';
import {
  Progress,
  type TextMessage,
  type TextResult,
  type WorkerAnswer,
  type WorkerRequest,
  type WorkerSetup,
} from './worker-protocol.ts';

/** The thread that runs transforms, one request after the other. */
function serve(port: MessagePort, { limits, progress: shared }: WorkerSetup): void {
  const progress = new Progress(shared);
  const programs = new Map<number, Transformer>();

  const compile = async (request: WorkerRequest & { kind: 'compile' }): Promise<WorkerAnswer> => {
    try {
      programs.set(request.program, await compileTransforms(request.transforms, limits));
      return { kind: 'compiled' };
    } catch (error) {
      if (error instanceof StatusError) return { kind: 'compiled', error: error.message };
      throw error;
    }
  };

  const apply = ({ program, messages }: WorkerRequest & { kind: 'apply' }): WorkerAnswer => {
    const transformer = programs.get(program);
    const results = messages.map((message, index): TextResult => {
      progress.goOnTo(index);
      return transformer ? transform(transformer, message) : { error: 'the transform is not there any more' };
    });
    return { kind: 'applied', results };
  };

  let previous = Promise.resolve();
  port.on('message', (request: WorkerRequest) => {
    previous = previous.then(async () => {
      progress.goOnTo(0);
      if (request.kind === 'release') {
        programs.get(request.program)?.close();
        programs.delete(request.program);
        return;
      }
      port.postMessage(request.kind === 'compile' ? await compile(request) : apply(request));
    });
  });
}

function transform(transformer: Transformer, message: TextMessage): TextResult {
  const result = transformer.apply({ ...message, data: Buffer.from(message.data) });
  return 'message' in result ? { message: { ...result.message, data: result.message.data.toString() } } : result;
}

if (parentPort) serve(parentPort, workerData as WorkerSetup);
