import { type DescMessage, fromBinary, fromJsonString } from '@bufbuild/protobuf';
import type { Definition } from '../definition.ts';
import { incompatibility } from './compatibility.ts';
import { describeMessage } from './descriptor.ts';
import { fieldsOf } from './message-fields.ts';

interface ProtobufDefinition extends Definition {
  readonly message: DescMessage;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws Error when that is no definition of one message */
export function compileProtobuf(source: string): Definition {
  const message = describeMessage(source);
  const definition: ProtobufDefinition = {
    message,
    read(data, encoding) {
      // Both know no more of a message than the schema does: a field that it does not define is an error.
      const read = encoding === 'JSON' ? fromJsonString(message, utf8.decode(data)) : fromBinary(message, data);
      return fieldsOf(message, read);
    },
    incompatibilityWith: (earlier) => incompatibility((earlier as ProtobufDefinition).message, message),
  };
  return definition;
}
