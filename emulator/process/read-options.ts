import { parseArgs } from 'node:util';
import { z } from 'zod';

/** A TCP port; 0 takes a free one. */
export const Port = z.coerce.number().int().min(0).max(65_535);

/**
 * Reads a command line whose options are the keys of `schema`; those that are boolean by default take no value.
 *
 * @throws {Error} naming the option that is wrong or not known.
 */
export function readArguments<T extends z.ZodObject>(schema: T, argv: readonly string[]): z.infer<T> {
  const options = Object.fromEntries(
    Object.entries(schema.shape).map(([name, field]) => [
      name,
      { type: isFlag(field) ? 'boolean' : 'string' } as const,
    ]),
  );
  return valid(schema, parseArgs({ args: [...argv], options, strict: true }).values, '--');
}

const isFlag = (field: unknown): boolean => field instanceof z.ZodDefault && field.unwrap() instanceof z.ZodBoolean;

/** Reads environment variables. @throws {Error} naming the variable that is wrong. */
export function readEnvironment<T extends z.ZodObject>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  return valid(schema, env, '');
}

function valid<T extends z.ZodObject>(schema: T, values: unknown, prefix: string): z.infer<T> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${prefix}${String(issue?.path[0])}: ${issue?.message}`);
}
