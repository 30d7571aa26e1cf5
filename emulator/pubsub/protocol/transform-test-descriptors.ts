import type { IMethod, INamespace } from 'protobufjs/light.js';

function method(requestType: string, responseType: string, verb: string): IMethod {
  const http = { post: `/v1/{project=projects/*}:${verb}`, body: '*' };
  return { requestType, responseType, comment: '', parsedOptions: [{ '(google.api.http)': http }] };
}

/**
 * The RPCs that try message transforms out. They are in the definition of the REST API alone, so that the service and the
 * numbers of the fields are ours.
 * @see https://cloud.google.com/pubsub/docs/reference/rest/v1/projects
 */
export const TRANSFORM_TEST_DESCRIPTORS: NonNullable<INamespace['nested']> = {
  TransformedMessage: {
    oneofs: { result: { oneof: ['transformedMessage', 'filteredMessage', 'failedMessage'] } },
    fields: {
      transformedMessage: { type: 'PubsubMessage', id: 1 },
      filteredMessage: { type: 'FilteredMessage', id: 2 },
      failedMessage: { type: 'FailedMessage', id: 3 },
    },
  },
  FilteredMessage: { fields: {} },
  FailedMessage: { fields: { error: { type: 'Status', id: 1 } } },
  /** `google.rpc.Status`, without the details, which these errors have none of. */
  Status: { fields: { code: { type: 'int32', id: 1 }, message: { type: 'string', id: 2 } } },
  MessageTransforms: { fields: { messageTransforms: { rule: 'repeated', type: 'MessageTransform', id: 1 } } },
  TestMessageTransformsRequest: {
    fields: {
      project: { type: 'string', id: 1 },
      message: { type: 'PubsubMessage', id: 2 },
      messageTransforms: { type: 'MessageTransforms', id: 3 },
      topic: { type: 'string', id: 4 },
      subscription: { type: 'string', id: 5 },
    },
  },
  TestMessageTransformsResponse: {
    fields: { transformedMessages: { rule: 'repeated', type: 'TransformedMessage', id: 1 } },
  },
  ValidateMessageTransformRequest: {
    fields: { project: { type: 'string', id: 1 }, messageTransform: { type: 'MessageTransform', id: 2 } },
  },
  ValidateMessageTransformResponse: { fields: {} },
  Projects: {
    methods: {
      TestMessageTransforms: method(
        'TestMessageTransformsRequest',
        'TestMessageTransformsResponse',
        'testMessageTransforms',
      ),
      ValidateMessageTransform: method(
        'ValidateMessageTransformRequest',
        'ValidateMessageTransformResponse',
        'validateMessageTransform',
      ),
    },
  },
};
