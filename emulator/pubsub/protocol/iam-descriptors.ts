import type { IMethod, INamespace } from 'protobufjs/light.js';

const RESOURCES = ['topics', 'subscriptions', 'snapshots', 'schemas'];

/** An RPC and its URLs: the service's own configuration has them, for each kind of resource. */
function method(requestType: string, responseType: string, verb: string, httpMethod: 'get' | 'post'): IMethod {
  const [binding, ...additional] = RESOURCES.map((collection) => ({
    [httpMethod]: `/v1/{resource=projects/*/${collection}/*}:${verb}`,
    ...(httpMethod === 'post' && { body: '*' }),
  }));
  const http = { ...binding, additional_bindings: additional };
  return { requestType, responseType, comment: '', parsedOptions: [{ '(google.api.http)': http }] };
}

/**
 * `google.iam.v1.IAMPolicy`, which Google mixes into each of its services; no package that we depend on ships it.
 * @see https://cloud.google.com/iam/docs/reference/rpc/google.iam.v1
 */
export const IAM_DESCRIPTORS: Record<string, INamespace> = {
  type: {
    nested: {
      Expr: {
        fields: {
          expression: { type: 'string', id: 1 },
          title: { type: 'string', id: 2 },
          description: { type: 'string', id: 3 },
          location: { type: 'string', id: 4 },
        },
      },
    },
  },
  iam: {
    nested: {
      v1: {
        nested: {
          Policy: {
            fields: {
              version: { type: 'int32', id: 1 },
              bindings: { rule: 'repeated', type: 'Binding', id: 4 },
              etag: { type: 'bytes', id: 3 },
            },
          },
          Binding: {
            fields: {
              role: { type: 'string', id: 1 },
              members: { rule: 'repeated', type: 'string', id: 2 },
              condition: { type: 'google.type.Expr', id: 3 },
            },
          },
          GetPolicyOptions: { fields: { requestedPolicyVersion: { type: 'int32', id: 1 } } },
          GetIamPolicyRequest: {
            fields: { resource: { type: 'string', id: 1 }, options: { type: 'GetPolicyOptions', id: 2 } },
          },
          SetIamPolicyRequest: {
            fields: {
              resource: { type: 'string', id: 1 },
              policy: { type: 'Policy', id: 2 },
              updateMask: { type: 'google.protobuf.FieldMask', id: 3 },
            },
          },
          TestIamPermissionsRequest: {
            fields: {
              resource: { type: 'string', id: 1 },
              permissions: { rule: 'repeated', type: 'string', id: 2 },
            },
          },
          TestIamPermissionsResponse: { fields: { permissions: { rule: 'repeated', type: 'string', id: 1 } } },
          IAMPolicy: {
            methods: {
              SetIamPolicy: method('SetIamPolicyRequest', 'Policy', 'setIamPolicy', 'post'),
              GetIamPolicy: method('GetIamPolicyRequest', 'Policy', 'getIamPolicy', 'get'),
              TestIamPermissions: method(
                'TestIamPermissionsRequest',
                'TestIamPermissionsResponse',
                'testIamPermissions',
                'post',
              ),
            },
          },
        },
      },
    },
  },
};
