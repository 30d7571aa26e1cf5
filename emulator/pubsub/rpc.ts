/** What a handler knows of the call it serves, whatever the protocol. */
export interface Call {
  /** When the caller stops waiting, in milliseconds since 1970; infinite when it never does. */
  readonly deadlineMs: number;
  /** Runs when the caller goes away before it is answered. */
  onCancelled(run: () => void): void;
  /** Runs when the answer has been written to the caller's connection, or there is nobody left to be answered. */
  onAnswered(run: () => void): void;
}

/**
 * Answers one RPC, in the shapes of `protocol/resources.ts`; a Buffer is an answer that is already encoded.
 * @throws StatusError whatever the caller is to be told
 */
export type Unary<Request> = (request: Request, call: Call) => object | Promise<object>;

/** RPCs by their names in the service's definition. */
export type UnaryHandlers = Readonly<Record<string, Unary<never>>>;
