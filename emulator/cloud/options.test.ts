import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('the defaults are the addresses of the documentation', () => {
  expect(readOptions([], {})).toEqual({
    project: 'headgate-local',
    directory: '.headgate',
    apiPort: 8080,
    pubsubPort: 8085,
    firestorePort: 8086,
    bigqueryPort: 9050,
    backoffScale: 0.01,
    faults: false,
    host: 'node',
    existing: {},
  });
});

test('--port 0 takes free ports throughout', () => {
  const options = readOptions(['--port', '0'], {});
  expect([options.apiPort, options.pubsubPort, options.firestorePort, options.bigqueryPort]).toEqual([0, 0, 0, 0]);
});

test('--faults takes no value', () => {
  expect(readOptions(['--faults'], {}).faults).toBe(true);
});

test('the functions run on the host that is asked for', () => {
  expect(readOptions(['--host', 'functions-framework'], {}).host).toBe('functions-framework');
  expect(readOptions([], { HEADGATE_HOST: 'functions-framework' }).host).toBe('functions-framework');
  expect(readOptions(['--host', 'node'], { HEADGATE_HOST: 'functions-framework' }).host).toBe('node');
});

test('servers that already run are used', () => {
  const options = readOptions([], { PUBSUB_EMULATOR_HOST: '127.0.0.1:1', HEADGATE_DIR: '/tmp/x' });
  expect(options.existing).toEqual({ pubsub: '127.0.0.1:1' });
  expect(options.directory).toBe('/tmp/x');
});

test.each([
  [['--port', 'http'], {}, '--port'],
  [['--port', '70000'], {}, '--port'],
  [['--backoff-scale', '0'], {}, '--backoff-scale'],
  [['--host', 'deno'], {}, '--host'],
  [['--prot', '1'], {}, '--prot'],
  [[], { BIGQUERY_EMULATOR_HOST: '127.0.0.1' }, 'BIGQUERY_EMULATOR_HOST'],
])('%j %j is refused by name', (argv, env, name) => {
  expect(() => readOptions(argv, env)).toThrow(name);
});
