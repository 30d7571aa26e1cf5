import { once } from 'node:events';
import { connect } from 'node:net';
import { Server } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen, type Port } from './port.ts';

let port: Port;

beforeEach(async () => {
  port = await listen('127.0.0.1', 0, new Server(), (_, response) => response.end('over HTTP/1'));
});

afterEach(() => port.close());

test('a connection that has only begun does not keep the others waiting', async () => {
  const begun = connect(port.port, port.host);
  await once(begun, 'connect');
  begun.write('P');
  const answer = await fetch(`http://${port.host}:${port.port}/`);
  expect(await answer.text()).toBe('over HTTP/1');
  const chunks: Buffer[] = [];
  begun.on('data', (chunk: Buffer) => chunks.push(chunk));
  begun.end('UT / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  await once(begun, 'close');
  expect(Buffer.concat(chunks).toString()).toContain('over HTTP/1');
});

test.each(['', 'P', 'PR', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HT', '\u0000'])(
  'a connection that ends after %j is ended',
  async (opening) => {
    const socket = connect(port.port, port.host);
    socket.resume();
    socket.on('error', () => undefined);
    socket.end(opening);
    await once(socket, 'close');
    expect(socket.closed).toBe(true);
  },
);
