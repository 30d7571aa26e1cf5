import { Transform } from 'node:stream';

const NEWLINE = 0x0a;

/** Passes on whole lines only, so that several can be written to one file. What is left at the end goes as it is. */
export function wholeLines(): Transform {
  let rest = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        rest = Buffer.concat([rest, chunk]);
        callback();
        return;
      }
      const lines = Buffer.concat([rest, chunk.subarray(0, end)]);
      rest = Buffer.from(chunk.subarray(end));
      callback(null, lines);
    },
    flush: (callback) => callback(null, rest),
  });
}
