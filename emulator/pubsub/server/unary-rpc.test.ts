import { expect, test } from 'vitest';
import { loadDescriptors } from '../protocol/descriptors.ts';
import { PATIENT } from '../testing/harness.ts';
import { unaryRpcsOf } from './unary-rpc.ts';

const MAX_BYTES = 524_288;

test.each(['Acknowledge', 'ModifyAckDeadline'])('%s takes requests of 512 KiB, and no larger ones', async (name) => {
  const handled: object[] = [];
  const handle = (request: object): object => {
    handled.push(request);
    return {};
  };
  const service = loadDescriptors().lookupService('google.pubsub.v1.Subscriber');
  const rpc = unaryRpcsOf(service, { [name]: handle }).find(({ method }) => method.name === name)!;
  // A tag of one byte, and a length of three, for the text of the name.
  const encode = (bytes: number): Buffer =>
    Buffer.from(rpc.requestType.encode({ subscription: 'x'.repeat(bytes - 4) }).finish());
  const largest = encode(MAX_BYTES);
  expect(largest).toHaveLength(MAX_BYTES);
  await rpc.invoke(largest, PATIENT);
  expect(handled).toHaveLength(1);
  await expect(rpc.invoke(encode(MAX_BYTES + 1), PATIENT)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'Request payload size exceeds the limit: 524288 bytes.',
  });
  expect(handled).toHaveLength(1);
});
