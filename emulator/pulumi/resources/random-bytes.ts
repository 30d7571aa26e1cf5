import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineResource, type ResourceHandler } from '../resource-handler.ts';

/** Random bytes that stay the same for as long as the stack is remembered. */
export function randomBytesResource(): ResourceHandler {
  return defineResource({
    type: 'random:index/randomBytes:RandomBytes',
    inputs: z.strictObject({ length: z.int().min(1), keepers: z.record(z.string(), z.string()).exactOptional() }),
    immutable: ['length', 'keepers'],
    async create({ length }) {
      const bytes = randomBytes(length);
      const base64 = bytes.toString('base64');
      return { id: base64, outputs: { base64, hex: bytes.toString('hex') }, placed: true };
    },
  });
}
