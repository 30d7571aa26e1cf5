import { anEvent } from '#test/stack/event.ts';
import { send, type WireRequest } from '#test/wire/request.ts';
import type { WireResponse } from '#test/wire/response-reader.ts';
import type { Answered } from './answered.ts';
import { type Content, encoded, type Encoding, type Format, FORMATS } from './formats.ts';
import type { Hosted, Tenant, World } from './world.ts';

type Headers = NonNullable<WireRequest['headers']>;

/** Sends requests of tenants to one host. */
export interface Sender {
  readonly hosted: Hosted;
  readonly world: World;
  /** Posts events. `headers` undefined sends no credential. */
  readonly post: (tenant: Tenant | undefined, content: Content, headers?: Headers) => Promise<WireResponse>;
  /** One event in each of `formats`, all at the same time. */
  readonly inEach: (formats: readonly Format[], tenant: Tenant | undefined, headers?: Headers) => Promise<Answered[]>;
}

export function senderTo(hosted: Hosted, world: World): Sender {
  const post: Sender['post'] = (tenant, { headers: contentHeaders, body }, headers = []) => {
    const credential: Headers = tenant === undefined ? [] : [['authorization', `Bearer ${world.keys[tenant]}`]];
    return send(hosted.url, { headers: [...credential, ...contentHeaders, ...headers], body });
  };
  return {
    hosted,
    world,
    post,
    inEach: (formats, tenant, headers) =>
      Promise.all(formats.map(async (format) => [format, await post(tenant, FORMATS[format](anEvent()), headers)])),
  };
}

/** A content that is the same whatever is asked of it: for what cannot be said as an event. */
export function content(contentType: string, body: string | Uint8Array, encoding?: Encoding): Content {
  const plain = { headers: [['content-type', contentType]] as const, body };
  return encoding === undefined ? plain : encoded(plain, encoding);
}
