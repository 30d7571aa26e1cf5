import { ComponentResource, CustomResource, type CustomResourceOptions, type Output, secret } from '@pulumi/pulumi';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AppliedResource } from './deployment.ts';
import type { Properties } from './properties.ts';
import { defineResource, type ResourceHandler } from './resource-handler.ts';
import type { Program } from './run-program.ts';
import { createStacks, type Stacks, type UpResult } from './stacks.ts';

class Thing extends CustomResource {
  declare readonly size: Output<number>;
  declare readonly made: Output<string>;
  constructor(name: string, inputs: object, options?: CustomResourceOptions) {
    super('test:index:Thing', name, { made: undefined, ...inputs }, options);
  }
}

/** A handler that writes down what it is asked. */
function recorder(calls: string[], overrides: Partial<ResourceHandler> = {}): ResourceHandler {
  const thing = defineResource({
    type: 'test:index:Thing',
    inputs: z.strictObject({ size: z.number(), key: z.unknown().exactOptional(), fixed: z.string().exactOptional() }),
    immutable: ['fixed'],
    create: async ({ size, key }) => {
      calls.push(`create ${size}${key === undefined ? '' : ` ${JSON.stringify(key)}`}`);
      return { id: `thing-${size}`, outputs: { made: 'here', forgotten: undefined }, placed: true };
    },
    update: async ({ size }, previous) => {
      calls.push(`update ${previous.id} ${size}`);
      return previous;
    },
    delete: async ({ size }) => {
      calls.push(`delete ${size}`);
    },
  });
  return { ...thing, ...overrides };
}

function stacksWith(handler: ResourceHandler): Stacks {
  return createStacks({ handlers: new Map([[handler.type, handler]]), resourceDeadlineMs: 200, runDeadlineMs: 2_000 });
}

function program(entry: () => Promise<object> | object): Program {
  return async () => entry();
}

function up(
  stacks: Stacks,
  entry: () => Promise<object> | object,
  onProgress?: (r: AppliedResource) => void,
): Promise<UpResult> {
  return stacks.up({
    project: 'p',
    stack: 's',
    program: program(entry),
    config: {},
    ...(onProgress && { onProgress }),
  });
}

const operations = ({ resources }: UpResult): string[] =>
  resources.map(({ name, operation }) => `${operation} ${name}`);

test('creates, hands outputs on, and tells of each resource', async () => {
  const calls: string[] = [];
  const seen: AppliedResource[] = [];
  const result = await up(
    stacksWith(recorder(calls)),
    () => {
      const first = new Thing('first', { size: 1 });
      const second = new Thing('second', { size: first.size.apply((size) => size + 1) });
      return { made: second.made, id: second.id };
    },
    (resource) => seen.push(resource),
  );
  expect(calls).toEqual(['create 1', 'create 2']);
  expect(result.outputs).toEqual({ made: 'here', id: 'thing-2' });
  expect(seen[1]).toEqual({
    urn: 'urn:pulumi:s::p::test:index:Thing::second',
    type: 'test:index:Thing',
    name: 'second',
    id: 'thing-2',
    operation: 'create',
    placed: true,
  });
});

test('a second run updates what changed, leaves the rest, and deletes what is gone, last made first', async () => {
  const calls: string[] = [];
  const stacks = stacksWith(recorder(calls));
  await up(stacks, () => {
    const a = new Thing('a', { size: 1 });
    const b = new Thing('b', { size: 2 }, { dependsOn: [a] });
    const c = new Thing('c', { size: 3 }, { dependsOn: [b] });
    return { c: new Thing('d', { size: 4 }, { dependsOn: [c] }).id };
  });
  calls.length = 0;
  const again = await up(stacks, () => ({ a: new Thing('a', { size: 1 }).id, b: new Thing('b', { size: 20 }).id }));
  expect(calls).toEqual(['update thing-2 20', 'delete 4', 'delete 3']);
  expect(operations(again)).toEqual(['same a', 'update b', 'delete d', 'delete c']);
  expect(operations(await up(stacks, () => ({ a: new Thing('a', { size: 1 }).id })))).toEqual(['same a', 'delete b']);
});

test('stacks and projects are apart, and run one after another', async () => {
  const calls: string[] = [];
  const stacks = stacksWith(recorder(calls));
  const entry = program(() => ({ id: new Thing('a', { size: 1 }).id }));
  const results = await Promise.all(
    ['one', 'two'].map((stack) => stacks.up({ project: 'p', stack, program: entry, config: {} })),
  );
  expect(results.map((result) => result.resources[0]?.urn)).toEqual([
    'urn:pulumi:one::p::test:index:Thing::a',
    'urn:pulumi:two::p::test:index:Thing::a',
  ]);
  expect(calls).toHaveLength(2);
});

test('secrets reach the handler in the clear and stay secret in outputs', async () => {
  const calls: string[] = [];
  const { outputs, secretOutputs } = await up(stacksWith(recorder(calls)), () => {
    const thing = new Thing('a', { size: 1, key: { deep: [secret('hush')] } }, { additionalSecretOutputs: ['made'] });
    return { made: thing.made, size: thing.size };
  });
  expect(calls).toEqual(['create 1 {"deep":["hush"]}']);
  expect(outputs).toEqual({ made: 'here', size: 1 });
  expect([...secretOutputs]).toEqual(['made']);
});

test('components give their children a place in the URN, and are not listed', async () => {
  const { resources } = await up(stacksWith(recorder([])), () => {
    const outer = new ComponentResource('test:index:Outer', 'outer');
    const inner = new ComponentResource('test:index:Inner', 'inner', {}, { parent: outer });
    return { id: new Thing('a', { size: 1 }, { parent: inner }).id };
  });
  expect(resources.map(({ urn }) => urn)).toEqual([
    'urn:pulumi:s::p::test:index:Outer$test:index:Inner$test:index:Thing::a',
  ]);
});

test('what the local cloud has no place for is accepted and listed', async () => {
  const stacks = createStacks({ handlers: new Map() });
  const result = await up(stacks, () => ({ id: new Thing('a', { size: 1, anything: true }).id }));
  expect(result.resources).toMatchObject([{ name: 'a', operation: 'create', placed: false }]);
  expect(result.outputs).toEqual({ id: 'a' });
});

describe('a run fails', () => {
  const THING = 'urn:pulumi:s::p::test:index:Thing::a';

  test.each<[string, () => object, RegExp]>([
    ['on a wrong input', () => ({ id: new Thing('a', { size: 'big' }).id }), /Thing::a: .*expected number[^]*size/],
    ['on an input nothing understands', () => ({ id: new Thing('a', { size: 1, colour: 'red' }).id }), /colour/],
    [
      'on a URN made twice',
      () => [new Thing('a', { size: 1 }), new Thing('a', { size: 1 })],
      /Thing::a: registered twice/,
    ],
    [
      'on an error in the program',
      () => {
        throw new Error('no such tenant');
      },
      /^no such tenant$/,
    ],
    [
      'on an error in an apply, though nobody awaits it',
      () => {
        new Thing('a', { size: 1 }).id.apply(() => {
          throw new Error('boom');
        });
        return {};
      },
      /^boom$/,
    ],
  ])('%s', async (_, entry, message) => {
    await expect(up(stacksWith(recorder([])), entry)).rejects.toThrow(message);
  });

  test('naming the resource whose server refuses', async () => {
    const handler = recorder([], { create: () => Promise.reject(new Error('ALREADY_EXISTS')) });
    await expect(up(stacksWith(handler), () => ({ id: new Thing('a', { size: 1 }).id }))).rejects.toThrow(
      `${THING}: ALREADY_EXISTS`,
    );
  });

  test('when a server does not answer', async () => {
    const handler = recorder([], { create: () => new Promise(() => undefined) });
    await expect(up(stacksWith(handler), () => ({ id: new Thing('a', { size: 1 }).id }))).rejects.toThrow(
      `${THING}: create: no answer within 200 ms`,
    );
  });

  test('when the program never ends', async () => {
    const stacks = createStacks({ handlers: new Map(), runDeadlineMs: 50 });
    await expect(up(stacks, () => new Promise<object>(() => undefined))).rejects.toThrow('p/s: no answer within 50 ms');
  });

  test('when what cannot change would have to', async () => {
    const stacks = stacksWith(recorder([]));
    await up(stacks, () => ({ id: new Thing('a', { size: 1, fixed: 'x' }).id }));
    await expect(up(stacks, () => ({ id: new Thing('a', { size: 1, fixed: 'y' }).id }))).rejects.toThrow(
      `${THING}: fixed: cannot be changed once it exists`,
    );
  });

  test('when what is protected would be deleted', async () => {
    const stacks = stacksWith(recorder([]));
    await up(stacks, () => ({ id: new Thing('a', { size: 1 }, { protect: true }).id }));
    await expect(up(stacks, () => ({}))).rejects.toThrow(`${THING}: is protected`);
  });

  test('and the next goes on from what it achieved', async () => {
    const calls: string[] = [];
    const working = recorder(calls);
    let broken = true;
    const stacks = stacksWith({
      ...working,
      create: (inputs: Properties) =>
        broken && inputs.size === 2 ? Promise.reject(new Error('broken')) : working.create(inputs),
    });
    const entry = (): object => {
      const first = new Thing('a', { size: 1 });
      return { id: new Thing('b', { size: 2 }, { dependsOn: [first] }).id };
    };
    await expect(up(stacks, entry)).rejects.toThrow('broken');
    broken = false;
    expect(operations(await up(stacks, entry))).toEqual(['same a', 'create b']);
    expect(calls).toEqual(['create 1', 'create 2']);
  });
});
