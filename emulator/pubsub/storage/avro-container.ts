import { randomBytes } from 'node:crypto';
import avsc from 'avsc';

const SYNC_BYTES = 16;
const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const BLOCK_BYTES = 64 * 1024;

const headerType = avsc.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_BYTES } },
  ],
});
const blockType = avsc.Type.forSchema({
  type: 'record',
  name: 'Block',
  fields: [
    { name: 'count', type: 'long' },
    { name: 'data', type: 'bytes' },
    { name: 'sync', type: { type: 'fixed', name: 'BlockSync', size: SYNC_BYTES } },
  ],
});

/**
 * An Avro object container file of values that are encoded already.
 * @see https://avro.apache.org/docs/1.12.0/specification/#object-container-files
 */
export function avroContainer(schema: object, values: readonly Buffer[]): Buffer[] {
  const sync = randomBytes(SYNC_BYTES);
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from('null') };
  const chunks = [headerType.toBuffer({ magic: MAGIC, meta, sync })];
  let block: Buffer[] = [];
  let blockBytes = 0;
  for (const [index, value] of values.entries()) {
    block.push(value);
    blockBytes += value.length;
    if (blockBytes < BLOCK_BYTES && index < values.length - 1) continue;
    chunks.push(blockType.toBuffer({ count: block.length, data: Buffer.concat(block), sync }));
    block = [];
    blockBytes = 0;
  }
  return chunks;
}
