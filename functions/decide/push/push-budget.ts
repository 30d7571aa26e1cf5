import { Refusal } from '#shared/errors/refusals.ts';

export interface PushBudgetOptions {
  /** What all that is under way may weigh together. One that alone weighs more is let through when nothing else is. */
  readonly bytes: number;
  /** How long one waits for room before it is refused. */
  readonly maxWaitMs: number;
}

/**
 * Runs `run` when there is room for it.
 *
 * @param sender whose push it is: senders take turns, and none has more than half of the room
 * @param bytes what it weighs until `run` has settled
 * @throws {Refusal} `overloaded`, where there was no room in time, and what `run` throws.
 */
export type RunInBudget = <Result>(sender: string, bytes: number, run: () => Promise<Result>) => Promise<Result>;

interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Keeps what is in memory at a time within a budget. Beyond it, pushes wait with their bodies unread: to refuse one costs its
 * message a delivery attempt, to let it wait costs its headers.
 */
export function createPushBudget({ bytes: budgetBytes, maxWaitMs }: PushBudgetOptions): RunInBudget {
  const held = new Map<string, number>();
  /** By sender, in the order of their turns. */
  const queues = new Map<string, Set<Waiting>>();
  let heldBytes = 0;

  function hold(sender: string, bytes: number): void {
    const bytesOfSender = (held.get(sender) ?? 0) + bytes;
    if (bytesOfSender === 0) held.delete(sender);
    else held.set(sender, bytesOfSender);
    heldBytes += bytes;
  }

  /** The first that waits of the sender whose turn it is: of those that have less than their share. */
  function nextInTurn(): { sender: string; queue: Set<Waiting>; waiting: Waiting } | undefined {
    for (const [sender, queue] of queues) {
      const [waiting] = queue;
      if (waiting !== undefined && isInShare(sender, waiting.bytes)) return { sender, queue, waiting };
    }
    return undefined;
  }

  function isInShare(sender: string, bytes: number): boolean {
    const own = held.get(sender) ?? 0;
    return own === 0 || own + bytes <= budgetBytes / 2;
  }

  function hasRoom(bytes: number): boolean {
    return heldBytes === 0 || heldBytes + bytes <= budgetBytes;
  }

  function letIn(): void {
    // Where there is no room for the one whose turn it is, nobody smaller goes first: it would wait for ever.
    for (let next = nextInTurn(); next !== undefined && hasRoom(next.waiting.bytes); next = nextInTurn()) {
      const { sender, queue, waiting } = next;
      queue.delete(waiting);
      queues.delete(sender);
      if (queue.size > 0) queues.set(sender, queue);
      hold(sender, waiting.bytes);
      waiting.begin();
    }
  }

  function wait(sender: string, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const queue = queues.get(sender) ?? new Set();
    const timer = setTimeout(() => {
      queue.delete(waiting);
      if (queue.size === 0) queues.delete(sender);
      reject(new Refusal('overloaded'));
      letIn();
    }, maxWaitMs);
    const begin = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const waiting: Waiting = { bytes, begin };
    queues.set(sender, queue.add(waiting));
    return promise;
  }

  return async (sender, bytes, run) => {
    if (nextInTurn() === undefined && isInShare(sender, bytes) && hasRoom(bytes)) hold(sender, bytes);
    else await wait(sender, bytes);
    try {
      return await run();
    } finally {
      hold(sender, -bytes);
      letIn();
    }
  };
}
