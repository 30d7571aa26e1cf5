import { pino } from 'pino';
import { FIELD } from './fields.ts';
import { describeError, redact, redactSubjects } from './redact.ts';

export type { Logger } from 'pino';

/**
 * Cloud Logging's words for pino's levels.
 *
 * @see https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity
 */
const SEVERITIES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface LoggerOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  /** Default: standard output, written in blocks at most 100 ms late. */
  readonly destination?: pino.DestinationStream;
}

/** Writes JSON lines as Cloud Logging reads them: `severity`, `time`, `message`, and errors with their stack. */
export function createLogger({ level, destination }: LoggerOptions): pino.Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      errorKey: FIELD.error,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }), log: (fields) => redact(fields) },
      serializers: { [FIELD.error]: describeError },
      hooks: { streamWrite: redactSubjects },
    },
    destination ?? pino.destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 }),
  );
}
