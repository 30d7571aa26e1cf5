import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProjectId } from '#shared/naming/project-id.ts';
import { messageKeyOf } from './message-key.ts';

test('two messages have one key where stream, project and id are the same, and only there', () => {
  const project = fc.constantFrom(undefined, ProjectId.parse('web'), ProjectId.parse('web-2'));
  const id = fc.oneof(fc.constantFrom('a', 'web:a', '/web:a', ':a'), fc.string({ minLength: 1 }));
  const message = fc.tuple(fc.constantFrom('events', 'user-properties' as const), id, project);
  fc.assert(
    fc.property(message, message, (one, other) => {
      const isSame = one.every((part, index) => part === other[index]);
      expect(messageKeyOf(...one) === messageKeyOf(...other)).toBe(isSame);
    }),
  );
});
