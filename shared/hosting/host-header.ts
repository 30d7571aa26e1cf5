const HOST = 'host';

/**
 * Whether a request has more than one `Host` line. Node takes the first and keeps quiet about the others, of which a proxy in
 * front may have taken another.
 *
 * @param rawHeaders names and values by turns, as of `http.IncomingMessage`.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function repeatsHost(rawHeaders: readonly string[]): boolean {
  let seen = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length !== HOST.length || name.toLowerCase() !== HOST) continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}
