/** Whether `error` is a Google API's answer with this HTTP status. */
export function hasHttpCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
