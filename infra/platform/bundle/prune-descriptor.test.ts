import { Root } from 'protobufjs';
import { expect, test } from 'vitest';
import { pruneDescriptor } from './prune-descriptor.ts';

const field = (type: string, id: number) => ({ type, id });
const method = (requestType: string, responseType: string) => ({ requestType, responseType });

const DESCRIPTOR = {
  nested: {
    shop: {
      options: { go_package: 'shop' },
      nested: {
        Orders: { methods: { Get: method('GetRequest', 'Order') } },
        Admin: { methods: { Drop: method('Everything', 'Everything') } },
        Everything: { fields: { order: field('Order', 1) } },
        GetRequest: { fields: { id: field('string', 1), mask: field('common.Mask', 2) } },
        Order: {
          fields: {
            lines: { rule: 'repeated', ...field('Line', 1) },
            state: field('State', 2),
            self: field('Order', 3),
          },
          nested: { Line: { fields: { price: field('int64', 1) } }, State: { values: { OPEN: 0 } } },
        },
      },
    },
    common: { nested: { Mask: { fields: {} }, Unused: { fields: {} } } },
    other: { nested: { Alone: { fields: {} } } },
  },
};

test('what a service reaches stays, and works; the rest goes', () => {
  const pruned = pruneDescriptor(DESCRIPTOR, 'shop.Orders');
  expect(pruned).toEqual({
    nested: {
      shop: {
        options: { go_package: 'shop' },
        nested: {
          Orders: DESCRIPTOR.nested.shop.nested.Orders,
          GetRequest: DESCRIPTOR.nested.shop.nested.GetRequest,
          Order: DESCRIPTOR.nested.shop.nested.Order,
        },
      },
      common: { nested: { Mask: { fields: {} } } },
    },
  });
  const order = Root.fromJSON(pruned as object)
    .resolveAll()
    .lookupType('shop.Order');
  expect(order.toObject(order.decode(order.encode({ lines: [{ price: 7 }] }).finish()), { longs: Number })).toEqual({
    lines: [{ price: 7 }],
  });
});

test.each([
  ['a service that is not there', DESCRIPTOR, 'shop.Nothing', 'shop.Nothing is not described'],
  [
    'a message that is not there',
    { nested: { shop: { nested: { Orders: { methods: { Get: method('GetRequest', 'GetRequest') } } } } } },
    'shop.Orders',
    'GetRequest is not described',
  ],
])('%s is an error', (_name, descriptor, service, message) => {
  expect(() => pruneDescriptor(descriptor, service)).toThrow(message);
});
