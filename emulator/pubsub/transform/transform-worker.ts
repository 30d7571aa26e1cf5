import { Worker } from 'node:worker_threads';
import type { MessageTransform } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';
import { DEFAULT_LIMITS, type SandboxLimits, type TransformInput, type TransformResult } from './sandbox.ts';
import {
  Progress,
  type TextResult,
  type WorkerAnswer,
  type WorkerRequest,
  type WorkerSetup,
} from './worker-protocol.ts';

/** A resource's message transforms, compiled. */
export interface CompiledTransforms {
  /** What they make of each message, in order. Never rejects. */
  apply(messages: readonly TransformInput[]): Promise<readonly TransformResult[]>;
  /** They are not applied again. */
  close(): void;
}

type Pending =
  | { readonly request: WorkerRequest & { kind: 'compile' }; readonly settle: (error?: string) => void }
  | {
      request: WorkerRequest & { kind: 'apply' };
      /** Where the results of the request's messages belong. */
      indexes: readonly number[];
      readonly results: TextResult[];
      readonly settle: (results: readonly TextResult[]) => void;
    };

/** The engine interrupts a function by itself, but not within a single call of a built-in one: that is for us to end. */
const STUCK_AFTER_LIMITS = 5;
/** A thread takes a while to start, the more so on a busy machine. */
const START_MS = 30_000;
const SHUTTING_DOWN = 'the server is shutting down';

/**
 * Runs message transforms on a thread of their own: nobody's delivery waits for somebody else's function, and one that
 * does not end is ended with its thread. The thread starts when the first transform is compiled.
 */
export class TransformWorker {
  readonly #limits: SandboxLimits;
  readonly #programs = new Map<number, readonly MessageTransform[]>();
  readonly #pending: Pending[] = [];
  #lastProgram = 0;
  #thread: { readonly worker: Worker; readonly progress: Progress } | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(limits: SandboxLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** @throws StatusError INVALID_ARGUMENT when a function does not compile */
  async compile(transforms: readonly MessageTransform[]): Promise<CompiledTransforms> {
    const program = ++this.#lastProgram;
    const error = await new Promise<string | undefined>((settle) => {
      this.#send({ request: { kind: 'compile', program, transforms }, settle });
    });
    if (error !== undefined) throw invalidArgument(error);
    this.#programs.set(program, transforms);
    return {
      apply: (messages) => this.#apply(program, messages),
      close: () => {
        this.#programs.delete(program);
        if (this.#thread) post(this.#thread.worker, { kind: 'release', program });
      },
    };
  }

  /** What is under way ends with an error. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    for (const pending of this.#pending.splice(0)) fail(pending, SHUTTING_DOWN);
  }

  async #apply(program: number, messages: readonly TransformInput[]): Promise<readonly TransformResult[]> {
    if (this.#isClosed) return messages.map(() => ({ error: SHUTTING_DOWN }));
    const texts = messages.map((message) => ({ ...message, data: message.data.toString() }));
    const results = await new Promise<readonly TextResult[]>((settle) => {
      const request = { kind: 'apply', program, messages: texts } as const;
      this.#send({ request, indexes: texts.map((_, index) => index), results: [], settle });
    });
    return results.map((result) =>
      'message' in result ? { message: { ...result.message, data: Buffer.from(result.message.data) } } : result,
    );
  }

  #send(pending: Pending): void {
    this.#pending.push(pending);
    post(this.#start(), pending.request);
    this.#watch ??= this.#startWatching();
  }

  #start(): Worker {
    if (this.#thread) return this.#thread.worker;
    const shared = new SharedArrayBuffer(Progress.BYTES);
    const workerData: WorkerSetup = { limits: this.#limits, progress: shared };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
    worker.unref();
    this.#thread = { worker, progress: new Progress(shared) };
    worker.on('message', (answer: WorkerAnswer) => this.#onAnswer(answer));
    worker.on('error', (error) => this.#replaceThread(error.message));
    return worker;
  }

  #stop(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    const { worker } = this.#thread ?? {};
    this.#thread = undefined;
    worker?.removeAllListeners();
    // An error on the way down concerns nobody any more.
    worker?.on('error', () => undefined);
    void worker?.terminate();
  }

  #onAnswer(answer: WorkerAnswer): void {
    const pending = this.#pending.shift();
    if (!pending) return;
    if (answer.kind === 'compiled' && pending.request.kind === 'compile') {
      (pending.settle as (error?: string) => void)(answer.error);
    } else if (answer.kind === 'applied' && 'results' in pending) {
      for (const [place, result] of answer.results.entries()) pending.results[pending.indexes[place] ?? 0] = result;
      pending.settle(pending.results);
    }
    if (this.#pending.length === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }

  /** Ends the thread when it has not gone on to something else for too long. */
  #startWatching(): NodeJS.Timeout {
    const startedMs = performance.now();
    let lastStep = -1;
    return setInterval(() => {
      const step = this.#thread?.progress.step ?? 0;
      const isStarting = step === 0 && performance.now() - startedMs < START_MS;
      if (step === lastStep && !isStarting) this.#replaceThread(`it ran for longer than ${this.#limits.timeMs} ms`);
      lastStep = step;
    }, this.#limits.timeMs * STUCK_AFTER_LIMITS).unref();
  }

  /** A thread is gone, or has to go: the message it was at is given up, and all others are handled by another thread. */
  #replaceThread(reason: string): void {
    const index = this.#thread?.progress.index ?? 0;
    this.#stop();
    const [stuck, ...waiting] = this.#pending.splice(0);
    for (const [program, transforms] of this.#programs) {
      this.#send({ request: { kind: 'compile', program, transforms }, settle: () => undefined });
    }
    if (stuck) this.#giveUp(stuck, index, reason);
    for (const pending of waiting) this.#send(pending);
  }

  #giveUp(stuck: Pending, index: number, reason: string): void {
    if (!('results' in stuck)) {
      fail(stuck, reason);
      return;
    }
    stuck.results[stuck.indexes[index] ?? 0] = { error: reason };
    stuck.indexes = stuck.indexes.filter((_, place) => place !== index);
    stuck.request = { ...stuck.request, messages: stuck.request.messages.filter((_, place) => place !== index) };
    if (stuck.indexes.length > 0) this.#send(stuck);
    else stuck.settle(stuck.results);
  }
}

function post(worker: Worker, request: WorkerRequest): void {
  // A thread has no origin; the rule takes it for a window.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  worker.postMessage(request);
}

function fail(pending: Pending, reason: string): void {
  if ('results' in pending) {
    for (const index of pending.indexes) pending.results[index] = { error: reason };
    pending.settle(pending.results);
  } else {
    pending.settle(reason);
  }
}
