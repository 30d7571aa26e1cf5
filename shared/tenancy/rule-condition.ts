import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { comparesAggregates } from './aggregate-operands.ts';
import { rewritePresenceTests } from './presence-tests.ts';
import { calledFunctions } from './syntax-tree.ts';

/** What a rule's condition may look at. Every `Date` is a CEL timestamp, every `bigint` an int, every `number` a double. */
export interface ConditionFacts {
  readonly event: Map<string, unknown>;
  readonly profile: Map<string, unknown>;
  readonly counts: Map<string, unknown>;
  readonly now: Date;
}

/** A rule's condition, checked and ready to run many times. */
export interface RuleCondition {
  /**
   * Whether its cost can grow faster than the event it looks at (loops, patterns, substring searches), or with each of its
   * terms anew (lists and maps joined, searched and compared). Such a condition must be run under a time limit. Any other's
   * cost is at most the product of its length and the size of the facts: small facts need no limit.
   */
  readonly costly: boolean;
  /** @throws {ConditionError} when it fails on these facts, or yields anything but a boolean. */
  evaluate(facts: ConditionFacts): boolean;
}

/** The expression is not a condition: it does not parse, its types do not fit, or it is too large. */
export class InvalidConditionError extends Error {
  override readonly name = 'InvalidConditionError';
}

/** The condition failed on the facts of one event: a missing field of `event`, operands of types that do not fit. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

const MAX_EXPRESSION_LENGTH = 4096;

/** Their cost is at most linear in what they are given. Anything else that can be called counts as costly. */
const CHEAP_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'has size type dyn bool int uint double string timestamp duration startsWith endsWith getFullYear getMonth getDate ' +
    'getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'
  ).split(' '),
);

const LIMITS = { maxAstNodes: 400, maxDepth: 32, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 8 };

const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS })
  .registerVariable('event', 'map')
  .registerVariable('profile', {
    schema: {
      subject: 'string',
      properties: 'map',
      first_seen_at: 'google.protobuf.Timestamp',
      last_seen_at: 'google.protobuf.Timestamp',
    },
  })
  .registerVariable('counts', 'map')
  .registerVariable('now', 'google.protobuf.Timestamp')
  .registerFunction('timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp', (time: Date) => time);

/** For what is rewritten: the parentheses it gains count as depth. */
const roomierEnvironment = environment.clone({ limits: { ...LIMITS, maxAstNodes: 2000, maxDepth: 250 } });

/**
 * Compiles a rule's `when`, a CEL expression over `event`, `profile`, `counts` and `now`.
 *
 * Standard CEL, with two differences that rule authors want: a property never set is `null`, and a type never seen has
 * zero counts, instead of failing with "no such key" (the facts are expected to answer so). `has()` and `in` on these
 * still tell present from absent. As in standard CEL, numbers in `event` and `profile.properties` are doubles: they compare with ints,
 * but arithmetic needs `1.0` beside them.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @throws {InvalidConditionError}
 */
export function compileCondition(expression: string): RuleCondition {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new InvalidConditionError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  const original = checked(expression, environment);
  const functions = calledFunctions(original.ast);
  // cel.bind lets text and lists double in each of many steps: growth that the length of the expression does not bound.
  if (functions.has('bind')) throw new InvalidConditionError('cel.bind is not supported');
  const { run } = checked(rewritePresenceTests(expression, original.ast), roomierEnvironment);
  return {
    costly: [...functions].some((name) => !CHEAP_FUNCTIONS.has(name)) || comparesAggregates(original.ast),
    evaluate: (facts) => {
      let result: unknown;
      try {
        result = run({ ...facts });
      } catch (error) {
        throw new ConditionError(withoutValues(error, expression), { cause: error });
      }
      if (typeof result === 'boolean') return result;
      throw new ConditionError('did not yield a boolean');
    },
  };
}

interface CheckedExpression {
  readonly ast: ASTNode;
  readonly run: (facts: Record<string, unknown>) => unknown;
}

function checked(expression: string, environment: Environment): CheckedExpression {
  try {
    const parsed = environment.parse(expression);
    const { valid, type, error } = parsed.check();
    if (!valid) throw error;
    if (type !== 'bool' && type !== 'dyn') throw new InvalidConditionError(`yields ${type}, not bool`);
    return { ast: parsed.ast, run: parsed };
  } catch (error) {
    if (error instanceof InvalidConditionError) throw error;
    throw new InvalidConditionError(messageOf(error), { cause: error });
  }
}

/** Without the excerpt of the expression that the library appends: who wrote the rule may not be who reads the log. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

/** Without what came with the event, a subject, say: what follows the colon, where it is neither the rule's own nor names types. */
function withoutValues(error: unknown, expression: string): string {
  const message = messageOf(error);
  const colon = message.indexOf(': ');
  const namesTypes = error instanceof EvaluationError && error.code === 'no_such_overload';
  if (colon === -1 || namesTypes || expression.includes(message.slice(colon + 2))) return message;
  return message.slice(0, colon);
}
