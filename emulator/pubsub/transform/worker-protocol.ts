import type { MessageTransform } from '../protocol/resources.ts';
import type { SandboxLimits, TransformInput } from './sandbox.ts';

/** A message on its way between threads: with text, because a view of shared memory would be copied as a whole. */
export type TextMessage = Omit<TransformInput, 'data'> & { readonly data: string };

/** What a transform has made of it. */
export type TextResult =
  | { readonly message: Pick<TextMessage, 'data' | 'attributes' | 'orderingKey'> }
  | { readonly filtered: true }
  | { readonly error: string };

/** Programs are numbered by the thread that asks; requests are answered in order. */
export type WorkerRequest =
  | { readonly kind: 'compile'; readonly program: number; readonly transforms: readonly MessageTransform[] }
  | { readonly kind: 'apply'; readonly program: number; readonly messages: readonly TextMessage[] }
  | { readonly kind: 'release'; readonly program: number };

export type WorkerAnswer =
  | { readonly kind: 'compiled'; readonly error?: string }
  | { readonly kind: 'applied'; readonly results: readonly TextResult[] };

export interface WorkerSetup {
  readonly limits: SandboxLimits;
  /** See `Progress`. */
  readonly progress: SharedArrayBuffer;
}

/** Where the worker is, for those who watch it from outside: it cannot answer while a function runs. */
export class Progress {
  static readonly BYTES = 8;
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared);
  }

  /** Changes whenever the worker goes on to something else. */
  get step(): number {
    return Atomics.load(this.#cells, 0);
  }

  /** The place in its batch of the message that is being handled. */
  get index(): number {
    return Atomics.load(this.#cells, 1);
  }

  goOnTo(index: number): void {
    Atomics.store(this.#cells, 1, index);
    Atomics.add(this.#cells, 0, 1);
  }
}
