import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten';
import type { MessageTransform, PubsubMessage } from '../protocol/resources.ts';
import { invalidArgument } from '../protocol/status.ts';

/** What transforms are told of a message: one that is not published yet has neither an id nor a time. */
export type TransformInput = Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'> &
  Partial<Pick<PubsubMessage, 'messageId' | 'publishTimeMs'>>;

/** What transforms have made of a message. */
export type TransformResult =
  | { readonly message: Pick<PubsubMessage, 'data' | 'attributes' | 'orderingKey'> }
  | { readonly filtered: true }
  | { readonly error: string };

/** Applies a resource's message transforms, in order. Never throws. */
export interface Transformer {
  apply(message: TransformInput): TransformResult;
  close(): void;
}

export interface SandboxLimits {
  /** For one message. */
  readonly timeMs: number;
  readonly memoryBytes: number;
}

/** @see https://cloud.google.com/pubsub/docs/smts/udfs-overview#limitations */
export const DEFAULT_LIMITS: SandboxLimits = { timeMs: 500, memoryBytes: 64 * 1024 * 1024 };
const STACK_BYTES = 256 * 1024;

/** Runs within the sandbox: text in, text out, so that no object of ours is ever within its reach. */
const ADAPTER = `(udf => {
  if (typeof udf !== 'function') throw new TypeError('it is not a function');
  return (message, metadata) => {
    const result = udf(JSON.parse(message), JSON.parse(metadata));
    if (result === null || result === undefined) return 'null';
    if (typeof result !== 'object' || typeof result.data !== 'string') {
      throw new TypeError('the function must return null or an object with a string "data"');
    }
    return JSON.stringify({ data: result.data, attributes: result.attributes });
  };
})`;

/**
 * Compiles JavaScript UDFs (`function name(message, metadata) {…}`) to run in a JavaScript engine of their own that has
 * no I/O, no timers and nothing of this process, within bounds of time and memory. They run on the thread that calls; a
 * single call of a built-in function is not interrupted, which is why the server has `TransformWorker`.
 * @throws StatusError INVALID_ARGUMENT when a function does not compile
 */
export async function compileTransforms(
  transforms: readonly MessageTransform[],
  limits: SandboxLimits = DEFAULT_LIMITS,
): Promise<Transformer> {
  // Loaded here, because a WebAssembly engine is not what a server without transforms should wait for.
  const { newQuickJSWASMModule } = await import('quickjs-emscripten');
  // An engine that a function brings down, against all bounds, serves nobody else.
  const engine = await newQuickJSWASMModule();
  const functions: SandboxedFunction[] = [];
  for (const { disabled, javascriptUdf } of transforms) {
    if (disabled || !javascriptUdf) continue;
    const { functionName = '', code = '' } = javascriptUdf;
    functions.push(new SandboxedFunction(engine, functionName, code, limits));
  }
  return {
    apply: (message) => applyInOrder(functions, message),
    close: () => functions.forEach((one) => one.close()),
  };
}

function applyInOrder(functions: readonly SandboxedFunction[], message: TransformInput): TransformResult {
  const { messageId, publishTimeMs } = message;
  const metadata = JSON.stringify({
    ...(messageId !== undefined && { message_id: messageId }),
    ...(publishTimeMs !== undefined && { publish_time: `${new Date(publishTimeMs).toISOString().slice(0, 19)}Z` }),
    ...(message.orderingKey && { ordering_key: message.orderingKey }),
  });
  let text: UdfMessage = { data: message.data.toString(), attributes: message.attributes };
  for (const one of functions) {
    const result = one.call(JSON.stringify(text), metadata);
    if ('error' in result) return result;
    if (result.value === null) return { filtered: true };
    text = { data: result.value.data, attributes: result.value.attributes ?? text.attributes };
  }
  const { orderingKey } = message;
  return { message: { data: Buffer.from(text.data), attributes: text.attributes ?? {}, orderingKey } };
}

interface UdfMessage {
  readonly data: string;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

type UdfResult = { readonly value: UdfMessage | null } | { readonly error: string };

/** One UDF in a runtime of its own. What it leaves in its globals is gone after an error. */
class SandboxedFunction {
  readonly #engine: QuickJSWASMModule;
  readonly #name: string;
  readonly #code: string;
  readonly #limits: SandboxLimits;
  #deadlineMs = 0;
  #running: { readonly context: QuickJSContext; readonly adapted: QuickJSHandle } | undefined;

  constructor(engine: QuickJSWASMModule, name: string, code: string, limits: SandboxLimits) {
    this.#engine = engine;
    this.#name = name;
    this.#code = code;
    this.#limits = limits;
    this.#running = this.#start();
  }

  call(message: string, metadata: string): UdfResult {
    try {
      this.#running ??= this.#start();
      const { context, adapted } = this.#running;
      this.#deadlineMs = performance.now() + this.#limits.timeMs;
      const parameters = [context.newString(message), context.newString(metadata)];
      const result = context.callFunction(adapted, context.undefined, ...parameters);
      for (const parameter of parameters) parameter.dispose();
      if (result.error) return this.#fail(describe(context, result.error));
      const text = context.getString(result.value);
      result.value.dispose();
      const value = JSON.parse(text) as UdfMessage | null;
      const problem = value && problemOf(value);
      return problem ? { error: `${this.#name}: ${problem}` } : { value };
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    const { context, adapted } = running;
    const { runtime } = context;
    adapted.dispose();
    context.dispose();
    runtime.dispose();
  }

  #fail(reason: string): UdfResult {
    this.close();
    return { error: `${this.#name}: ${reason}` };
  }

  #start(): { readonly context: QuickJSContext; readonly adapted: QuickJSHandle } {
    const runtime = this.#engine.newRuntime();
    runtime.setMemoryLimit(this.#limits.memoryBytes);
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => performance.now() > this.#deadlineMs);
    const context = runtime.newContext();
    this.#deadlineMs = performance.now() + this.#limits.timeMs;
    const compiled = context.evalCode(`${this.#code}\n;${ADAPTER}(${this.#name})`, `${this.#name}.js`);
    if (!compiled.error) return { context, adapted: compiled.value };
    const reason = describe(context, compiled.error);
    context.dispose();
    runtime.dispose();
    throw invalidArgument(`message_transforms: "${this.#name}" does not compile: ${reason}`);
  }
}

function describe(context: QuickJSContext, error: QuickJSHandle): string {
  const value: unknown = context.dump(error);
  error.dispose();
  if (typeof value !== 'object' || value === null) return String(value);
  const { name = 'Error', message = '' } = value as { name?: string; message?: string };
  return `${name}: ${message}`;
}

function problemOf({ attributes }: UdfMessage): string | undefined {
  if (attributes === undefined) return undefined;
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return '"attributes" must be an object';
  }
  const key = Object.keys(attributes).find((name) => typeof attributes[name] !== 'string');
  return key === undefined ? undefined : `the attribute "${key}" must be a string`;
}
